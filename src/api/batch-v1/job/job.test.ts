import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../../fixture.ts';
import { jobs } from './job.ts';

// Goal: what is filled in, generated, refused, kept and shown of a Job.

const pod = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] };
const body = (spec: object = {}) => ({ spec: { template: { spec: pod }, ...spec } });
const indexed = { completionMode: 'Indexed', completions: 5, parallelism: 2 };

for (const { name, spec, want } of [
  { name: 'nothing said', spec: {}, want: { completions: 1, parallelism: 1, backoffLimit: 6 } },
  {
    name: 'a work queue',
    spec: { parallelism: 3 },
    want: { completions: undefined, parallelism: 3, backoffLimit: 6 },
  },
  {
    name: 'limits for each index',
    spec: { ...indexed, backoffLimitPerIndex: 1 },
    want: { completions: 5, parallelism: 2, backoffLimit: 2147483647 },
  },
]) {
  test(`filled in: ${name}`, () => {
    const { completions, parallelism, backoffLimit } = made(jobs, body(spec)).spec;
    assert.deepEqual({ completions, parallelism, backoffLimit }, want);
  });
}

test('pods are replaced when it is known how they ended, if that matters', () => {
  const podFailurePolicy = { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'X' }] }] };
  const { spec } = made(jobs, body({ podFailurePolicy }));
  assert.equal(spec.podReplacementPolicy, 'Failed');
  assert.equal(spec.podFailurePolicy?.rules[0]?.onPodConditions?.[0]?.status, 'True');
  assert.equal(made(jobs, body()).spec.podReplacementPolicy, 'TerminatingOrFailed');
});

const identity = {
  'job-name': 'x',
  'batch.kubernetes.io/job-name': 'x',
  'controller-uid': 'uid-1',
  'batch.kubernetes.io/controller-uid': 'uid-1',
};

test('the identity is missed in the order of Kubernetes', () => {
  const previous = made(jobs, { spec: { template: { spec: pod } } });
  const patch = { spec: { template: { metadata: { labels: null } } } };
  const missed = changed(jobs, previous, patch).errors.filter((text) => text.includes('must be'));
  assert.deepEqual(
    missed.map((text) => text.replace(/^.*labels\[(.*)\]: .*$/, '$1')),
    [
      'controller-uid',
      'job-name',
      'batch.kubernetes.io/controller-uid',
      'batch.kubernetes.io/job-name',
    ],
  );
});

test('a job finds its pods by an identity of its own', () => {
  const { spec, metadata } = made(jobs, body());
  assert.deepEqual(spec.selector?.matchLabels, { 'batch.kubernetes.io/controller-uid': 'uid-1' });
  assert.deepEqual(spec.template.metadata?.labels, identity);
  assert.deepEqual(metadata.labels, identity);
});

test('or by a selector that it brings', () => {
  const labels = { task: 'a' };
  const template = { metadata: { labels }, spec: pod };
  const spec = { manualSelector: true, selector: { matchLabels: labels }, template };
  const job = made(jobs, { spec });
  assert.deepEqual(job.spec.template.metadata?.labels, labels);
  assert.deepEqual(refusals(jobs, { spec }), []);
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: {}, want: [] },
  {
    name: 'pods that never end',
    spec: { template: { spec: { ...pod, restartPolicy: 'Always' } } },
    want: ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  },
  {
    name: 'more failures than indexes',
    spec: { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 6 },
    want: ['spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions'],
  },
  {
    name: 'very many indexes without bounds',
    spec: { ...indexed, completions: 100_001, backoffLimitPerIndex: 1 },
    want: [
      'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
    ],
  },
  {
    name: 'exit codes out of order',
    spec: {
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [9, 3] } }],
      },
    },
    want: [
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [9,3]: must be ordered',
    ],
  },
  {
    name: 'exit codes of a container that there is not, or of none',
    spec: {
      podFailurePolicy: {
        rules: [
          { action: 'Count', onExitCodes: { containerName: 'y', operator: 'NotIn', values: [0] } },
          { action: 'Count', onExitCodes: { containerName: 'main', operator: 'In', values: [] } },
        ],
      },
    },
    want: [
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "y": must be one of the container or initContainer names in the pod template',
      'spec.podFailurePolicy.rules[1].onExitCodes.values: Invalid value: []: at least one value is required',
    ],
  },
  {
    name: 'a failed index where none is counted',
    spec: {
      podFailurePolicy: {
        rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1, 2] } }],
      },
    },
    want: [
      'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
    ],
  },
  {
    name: 'labels of another job',
    spec: { template: { metadata: { labels: { 'job-name': 'y' } }, spec: pod } },
    want: [
      `spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/controller-uid":"uid-1","batch.kubernetes.io/job-name":"x","controller-uid":"uid-1","job-name":"y"}: must be 'x'`,
    ],
  },
  {
    name: 'as many at a time as there may be of very many, and one more',
    spec: {
      ...indexed,
      completions: 100_001,
      backoffLimitPerIndex: 1,
      maxFailedIndexes: 10_000,
      parallelism: 10_001,
    },
    want: [
      'spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
    ],
  },
  {
    name: 'success at indexes that there are not',
    spec: { ...indexed, successPolicy: { rules: [{ succeededIndexes: '0-7' }] } },
    want: [
      'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-7": error parsing succeededIndexes: too large index: "7"',
    ],
  },
  {
    name: 'more successes than indexes that count',
    spec: {
      ...indexed,
      successPolicy: { rules: [{ succeededIndexes: '0,2-3', succeededCount: 4 }] },
    },
    want: [
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)',
    ],
  },
]) {
  test(`refuses: ${name}`, () => assert.deepEqual(refusals(jobs, body(spec)), want));
}

for (const { name, suspend = true, status = {}, isRefused = false } of [
  { name: 'runs', suspend: false, isRefused: true },
  { name: 'waits from its start' },
  { name: 'still has pods', status: { active: 1 }, isRefused: true },
  { name: 'is stopping', status: { startTime: '2026-03-04T05:00:00Z' }, isRefused: true },
  {
    name: 'has stopped',
    status: {
      startTime: '2026-03-04T05:00:00Z',
      conditions: [{ type: 'Suspended', status: 'True' }],
    },
  },
]) {
  const what = isRefused ? 'stays' : 'may send pods elsewhere';
  test(`the template of a job that ${name} ${what}`, () => {
    const job = withStatus(made(jobs, body({ suspend })), status);
    const { errors } = changed(jobs, job, {
      spec: { template: { spec: { nodeSelector: { a: 'b' } } } },
    });
    assert.equal(errors.length, isRefused ? 1 : 0);
    for (const error of errors) {
      assert.match(
        error,
        /^spec\.template: Invalid value: \{"labels":\{"batch.*\},"Spec":\{"Volumes":null,.*: field is immutable$/,
      );
    }
  });
}

test('of a job that waits, no other part of the template changes', () => {
  const patch = { spec: { template: { spec: { hostname: 'a' } } } };
  const { errors } = changed(jobs, made(jobs, body({ suspend: true })), patch);
  assert.equal(errors.length, 1);
  assert.match(errors[0]!, /^spec\.template\.spec: Invalid value: \{"Volumes":null,/);
});

for (const { name, spec, patch, want } of [
  {
    name: 'what failures mean',
    spec: { podReplacementPolicy: 'Failed' },
    patch: {
      podFailurePolicy: {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }],
      },
    },
    want: 'spec.podFailurePolicy: Invalid value: {"Rules":[{"Action":"Ignore","OnExitCodes":null,"OnPodConditions":[{"Type":"DisruptionTarget","Status":"True"}]}]}: field is immutable',
  },
  {
    name: 'what success means',
    spec: { ...indexed, successPolicy: { rules: [{ succeededCount: 2 }] } },
    patch: { successPolicy: { rules: [{ succeededIndexes: '0' }, { succeededCount: 3 }] } },
    want: 'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":"0","SucceededCount":null},{"SucceededIndexes":null,"SucceededCount":3}]}: field is immutable',
  },
  {
    name: 'that success is special',
    spec: { ...indexed, successPolicy: { rules: [{ succeededCount: 2 }] } },
    patch: { successPolicy: null },
    want: 'spec.successPolicy: Invalid value: null: field is immutable',
  },
]) {
  test(`stays as it is: ${name}`, () =>
    assert.deepEqual(changed(jobs, made(jobs, body(spec)), { spec: patch }).errors, [want]));
}

test('other jobs are found by labels that may be set later', () => {
  const labels = { task: 'a' };
  const spec = { manualSelector: true, selector: { matchLabels: labels } };
  const without = refusals(jobs, { spec: { ...spec, template: { spec: pod } } });
  assert.deepEqual(without, [
    'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
  ]);
});

test('an indexed job grows in step', () => {
  const previous = made(jobs, body(indexed));
  const alone = changed(jobs, previous, { spec: { completions: 9 } }).errors;
  assert.deepEqual(alone, [
    'spec.completions: Invalid value: 9: can only be modified in tandem with spec.parallelism',
  ]);
  const both = { spec: { completions: 9, parallelism: 9 } };
  assert.deepEqual(changed(jobs, previous, both).errors, []);
});

for (const { status, Status, Completions, Duration } of [
  { status: {}, Status: 'Running', Completions: '0/1', Duration: '' },
  {
    status: { startTime: '2026-03-04T05:05:07Z', active: 1 },
    Status: 'Running',
    Completions: '0/1',
    Duration: '60s',
  },
  {
    status: {
      startTime: '2026-03-04T05:00:00Z',
      completionTime: '2026-03-04T05:00:42Z',
      succeeded: 1,
      conditions: [{ type: 'Complete', status: 'True' }],
    },
    Status: 'Complete',
    Completions: '1/1',
    Duration: '42s',
  },
  {
    status: { conditions: [{ type: 'Suspended', status: 'True' }] },
    Status: 'Suspended',
    Completions: '0/1',
    Duration: '',
  },
]) {
  test(`shown as ${Status}, ${Completions}, ${Duration || 'not begun'}`, () => {
    const cells = cellsOf(jobs, withStatus(made(jobs, body()), status));
    assert.equal(cells.Status, Status);
    assert.equal(cells.Completions, Completions);
    assert.equal(cells.Duration, Duration);
  });
}

test('a work queue shows how many work', () => {
  assert.equal(cellsOf(jobs, made(jobs, body({ parallelism: 3 }))).Completions, '0/1 of 3');
});
