import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../fixture.ts';
import { flowSchemas } from './flow-schema.ts';
import { priorityLevelConfigurations as levels } from './priority-level-configuration.ts';

// Goal: what is filled in, refused and shown of flow control.

const level = { priorityLevelConfiguration: { name: 'a' } };
const group = { kind: 'Group', group: { name: 'g' } };
const reads = { verbs: ['get'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] };
const flow = (rule: object) => ({ spec: { ...level, rules: [{ subjects: [group], ...rule }] } });
const at = 'spec.rules[0]';

for (const { name, body, want } of [
  { name: 'everything', body: flow({ resourceRules: [reads] }), want: [] },
  {
    name: 'all and one more',
    body: flow({ resourceRules: [{ ...reads, resources: ['*', 'pods'] }] }),
    want: [
      `${at}.resourceRules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources`,
    ],
  },
  {
    name: 'a verb nobody knows',
    body: flow({ nonResourceRules: [{ verbs: ['peel'], nonResourceURLs: ['*'] }] }),
    want: [
      `${at}.nonResourceRules[0].verbs: Unsupported value: ["peel"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"`,
    ],
  },
  {
    name: 'a star in the middle',
    body: flow({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/a/*', '/a*b'] }] }),
    want: [
      `${at}.nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a*b": wildcard can only do suffix matching`,
    ],
  },
  {
    name: 'an odd namespace',
    body: flow({ resourceRules: [{ ...reads, namespaces: ['B_'] }] }),
    want: [
      `${at}.resourceRules[0].namespaces[0]: Invalid value: "B_": each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
  },
  {
    name: 'a group that is a user too',
    body: flow({ subjects: [{ ...group, user: { name: 'u' } }], resourceRules: [reads] }),
    want: [`${at}.subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'`],
  },
  {
    name: 'the place of the exempt',
    body: { spec: { ...level, matchingPrecedence: 1 } },
    want: [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
  },
]) {
  test(`a flow of ${name}`, () => assert.deepEqual(refusals(flowSchemas, body), want));
}

test('whether a level is missing, shows', () => {
  const schema = made(flowSchemas, { spec: level });
  assert.equal(schema.spec.matchingPrecedence, 1000);
  assert.equal(cellsOf(flowSchemas, schema).MissingPL, '?');
  const status = { conditions: [{ type: 'Dangling', status: 'False' }] };
  assert.equal(cellsOf(flowSchemas, withStatus(schema, status)).MissingPL, 'False');
});

const queue = (queuing: object) => ({
  spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing } } },
});
const queuePath = 'spec.limited.limitResponse.queuing';

test('queues are filled in', () => {
  const { limited } = made(levels, queue({})).spec;
  const queuing = { queues: 64, handSize: 8, queueLengthLimit: 50 };
  assert.deepEqual(limited?.limitResponse?.queuing, queuing);
  assert.equal(limited?.nominalConcurrencyShares, 30);
});

for (const { name, body, want } of [
  { name: 'queues', body: queue({}), want: [] },
  {
    name: 'too many hands to tell apart',
    body: queue({ queues: 1024, handSize: 7 }),
    want: [
      `${queuePath}.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60`,
    ],
  },
  {
    name: 'queues of less than none',
    body: queue({ queues: -1, handSize: 1, queueLengthLimit: -1 }),
    want: [
      `${queuePath}.queueLengthLimit: Invalid value: -1: must be positive`,
      `${queuePath}.queues: Invalid value: -1: must be positive`,
      `${queuePath}.handSize: Invalid value: 1: should not be greater than queues (-1)`,
    ],
  },
  {
    name: 'more borrowed than lent, which is fine, and less than none, which is not',
    body: {
      spec: {
        type: 'Limited',
        limited: { limitResponse: { type: 'Reject' }, borrowingLimitPercent: -1 },
      },
    },
    want: [
      'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
    ],
  },
]) {
  test(`a level with ${name}`, () => assert.deepEqual(refusals(levels, body), want));
}

test('cells of a level without queues', () => {
  const cells = cellsOf(levels, made(levels, { spec: { type: 'Exempt', exempt: {} } }));
  assert.deepEqual(
    [cells.Type, cells.Queues, cells.NominalConcurrencyShares],
    ['Exempt', '<none>', '<none>'],
  );
});

test('conditions are of a type each, and of several', () => {
  const status = { conditions: [{ type: 'Dangling' }, { type: 'Dangling' }, {}] };
  const want = [
    'status.conditions[1].type: Duplicate value: "Dangling"',
    'status.conditions[2].type: Required value: must not be empty',
  ];
  const schema = made(flowSchemas, { spec: level });
  assert.deepEqual(changed(flowSchemas, schema, { status }, 'status').errors, want);
  const one = made(levels, { spec: { type: 'Limited' } });
  assert.deepEqual(changed(levels, one, { status }, 'status').errors, want);
});
