import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handleOf, namespaceOf, pluralOf } from './names.ts';

for (const [kind, plural, handle] of [
  ['Pod', 'pods', 'pods'],
  ['Endpoints', 'endpoints', 'endpoints'],
  ['NetworkPolicy', 'networkpolicies', 'networkPolicies'],
  ['Ingress', 'ingresses', 'ingresses'],
  ['StorageClass', 'storageclasses', 'storageClasses'],
  ['ReplicaSet', 'replicasets', 'replicaSets'],
  ['CSIDriver', 'csidrivers', 'csiDrivers'],
  ['IPAddress', 'ipaddresses', 'ipAddresses'],
  ['ServiceCIDR', 'servicecidrs', 'serviceCidrs'],
  ['APIService', 'apiservices', 'apiServices'],
  ['ComponentStatus', 'componentstatuses', 'componentStatuses'],
] as const) {
  test(`${kind} is served as ${plural}, by ${handle}`, () => {
    assert.equal(pluralOf(kind), plural);
    assert.equal(handleOf(kind, plural), handle);
  });
}

test('packages are imported under names', () => {
  assert.equal(namespaceOf('core/v1'), 'coreV1');
  assert.equal(namespaceOf('admissionregistration/v1beta1'), 'admissionregistrationV1beta1');
});
