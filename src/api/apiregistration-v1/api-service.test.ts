import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../fixture.ts';
import { apiServices } from './api-service.ts';

// Goal: a service is named after what it serves, and what is served here is there at once.

const LOCAL = { group: 'pears', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10 };
const REMOTE = { ...LOCAL, service: { namespace: 'orchard', name: 'remote' } };
const metadata = { name: 'v1.pears' };

test('it speaks HTTPS unless said', () =>
  assert.equal(made(apiServices, { metadata, spec: REMOTE }).spec.service?.port, 443));

for (const { name, spec, want } of [
  { name: 'one of its own', spec: LOCAL, want: [] },
  { name: "somebody else's", spec: REMOTE, want: [] },
  {
    name: 'another name',
    spec: { ...LOCAL, group: 'plums' },
    want: [
      'metadata.name: Invalid value: "v1.pears": must be `spec.version+"."+spec.group`: "v1.plums"',
    ],
  },
  {
    name: 'priorities out of range',
    spec: { ...LOCAL, groupPriorityMinimum: 20_001, versionPriority: 0 },
    want: [
      'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
    ],
  },
  {
    name: 'trust in itself',
    spec: { ...LOCAL, caBundle: 'AAAA', insecureSkipTLSVerify: true },
    want: [
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
  },
  {
    name: 'trust and none in another',
    spec: { ...REMOTE, service: {}, caBundle: 'AAAA', insecureSkipTLSVerify: true },
    want: [
      'spec.service.namespace: Required value',
      'spec.service.name: Required value',
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
  },
]) {
  test(`a service of ${name}`, () =>
    assert.deepEqual(refusals(apiServices, { metadata, spec }), want));
}

test('a service without a group is the first one', () => {
  const legacy = { ...LOCAL, group: '', version: 'v2' };
  assert.deepEqual(refusals(apiServices, { metadata: { name: 'v2.' }, spec: legacy }), [
    'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
  ]);
});

test('cells', () => {
  const local = made(apiServices, { metadata, spec: LOCAL });
  const remote = made(apiServices, { metadata, spec: REMOTE });
  const missing = { type: 'Available', status: 'False', reason: 'ServiceNotFound' };
  const silent = { type: 'Available', status: 'False' };
  const told = [[missing], [silent]].map((conditions) => withStatus(remote, { conditions }));
  const rows = [local, remote, ...told].map((service) => {
    const { Service, Available } = cellsOf(apiServices, service);
    return [Service, Available];
  });
  assert.deepEqual(rows, [
    ['Local', 'True'],
    ['orchard/remote', 'Unknown'],
    ['orchard/remote', 'False (ServiceNotFound)'],
    ['orchard/remote', 'False'],
  ]);
});

test('conditions are true, false or unknown', () => {
  const previous = made(apiServices, { metadata, spec: REMOTE });
  const status = { conditions: [{ type: 'Available', status: 'Maybe' }] };
  assert.deepEqual(changed(apiServices, previous, { status }, 'status').errors, [
    'status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"',
  ]);
});
