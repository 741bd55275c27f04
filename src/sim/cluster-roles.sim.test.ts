import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterRoles } from '../api/generated/rbac/v1/resources.ts';
import type { ClusterRole } from '../api/generated/rbac/v1/types.ts';
import type { NewObject } from '../machinery/object.ts';
import { createWorld } from './world.ts';

// Goal: what somebody labels for a role that takes in others is in it, through all that are in
// between, and goes with its label.

const apiVersion = 'rbac.authorization.k8s.io/v1';
const rules = [{ verbs: ['get'], apiGroups: ['farm.example'], resources: ['pears'] }];

const role = (name: string, labels: object, parts: object): NewObject<ClusterRole> =>
  ({ apiVersion, kind: 'ClusterRole', metadata: { name, labels }, ...parts }) as never;
const of = (to: string) => ({ clusterRoleSelectors: [{ matchLabels: { to } }] });

test('roles that take in roles that take in others', async (t) => {
  const world = await createWorld(1);
  t.after(() => world.close());
  const { client, clock } = world;
  await client.create(clusterRoles, role('admin', {}, { aggregationRule: of('admin') }));
  await client.create(clusterRoles, role('view', { to: 'admin' }, { aggregationRule: of('view') }));
  await client.create(clusterRoles, role('pears', { to: 'view' }, { rules }));
  await clock.advance(2000);
  const admin = () => client.get(clusterRoles, { name: 'admin' });
  const filled = await admin();
  assert.deepEqual(filled.rules, rules);
  assert.deepEqual(
    filled.metadata.managedFields?.map(({ manager, operation, fieldsV1 }) => [
      manager,
      operation,
      Object.keys(fieldsV1 ?? {}),
    ])[0],
    ['clusterrole-aggregation-controller', 'Apply', ['f:rules']],
  );
  const body = { metadata: { labels: null } };
  await client.patch(clusterRoles, { name: 'pears' }, { type: 'merge', body });
  await clock.advance(2000);
  assert.equal((await admin()).rules, null);
});
