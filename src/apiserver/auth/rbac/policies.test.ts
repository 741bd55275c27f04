import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type {
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from '../../../api/generated/rbac/v1/types.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import type { Write } from '../../../store/store.ts';
import { objectCodec } from '../../encoding/json.ts';
import type { ResourceAttributes } from '../authorizer.ts';
import { Policies } from './policies.ts';

// Goal: whatever roles and bindings come, change and go, and in whichever order, the index decides as
// one who reads all of them for each request.

const PREFIX = '/registry/rbac.authorization.k8s.io/';
const some = (...values: string[]) => fc.constantFrom(...values);
const list = (...values: string[]) => fc.subarray(values, { minLength: 1 });

const rule: fc.Arbitrary<PolicyRule> = fc.record(
  {
    verbs: list('get', 'list', '*'),
    apiGroups: list('', 'apps', '*'),
    resources: list('pods', 'pods/log', '*/log', '*'),
    resourceNames: list('a', 'b'),
  },
  { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
);
const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constant('User'), name: some('ann', 'bob') }),
  fc.record({ kind: fc.constant('Group'), name: some('g', 'h') }),
  fc.record(
    { kind: fc.constant('ServiceAccount'), name: some('s'), namespace: some('m', 'n') },
    { requiredKeys: ['kind', 'name'] },
  ),
);

/** One object that is put, or that goes when it says nothing. */
interface Step {
  readonly key: string;
  readonly object: KubeObject | undefined;
}

const apiVersion = 'rbac.authorization.k8s.io/v1';
const place = fc.record({ namespace: some('', 'm', 'n'), name: some('x', 'y') });

const step: fc.Arbitrary<Step> = fc
  .record({
    place,
    isRole: fc.boolean(),
    isGone: fc.nat(3).map((n) => n === 0),
    rules: fc.array(rule, { maxLength: 2 }),
    subjects: fc.array(subject, { maxLength: 3 }),
    ofCluster: fc.boolean(),
    role: some('x', 'y'),
  })
  .map(({ place: { namespace, name }, isRole, isGone, rules, subjects, ofCluster, role }) => {
    const prefix = namespace ? '' : 'Cluster';
    const kind = `${prefix}Role${isRole ? '' : 'Binding'}`;
    const key = `${PREFIX}${kind.toLowerCase()}s/${namespace ? `${namespace}/` : ''}${name}`;
    const metadata = { name, ...(namespace && { namespace }) };
    const of = ofCluster || !namespace ? 'ClusterRole' : 'Role';
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: of, name: role };
    const parts = isRole ? { rules } : { subjects, roleRef };
    const object = { kind, apiVersion, metadata, ...parts } as unknown as KubeObject;
    return { key, object: isGone ? undefined : object };
  });

const USERS = [
  { name: 'ann', groups: ['g'] },
  { name: 'bob', groups: ['h', 'g'] },
  { name: 'system:serviceaccount:m:s', groups: [] },
  { name: 'system:serviceaccount:n:s', groups: ['h'] },
];
const asked: fc.Arbitrary<ResourceAttributes> = fc.record(
  {
    verb: some('get', 'list', 'delete'),
    group: some('', 'apps', 'batch'),
    plural: some('pods', 'jobs'),
    subresource: some('log', 'exec'),
    namespace: some('m', 'n'),
    name: some('a', 'c'),
  },
  { requiredKeys: ['verb', 'group', 'plural'] },
);

type Objects = ReadonlyMap<string, KubeObject>;

/** As the documentation of RBAC says it, one object after the other. */
function mayByReading(
  objects: Objects,
  { name, groups }: (typeof USERS)[number],
  request: ResourceAttributes,
): boolean {
  const isUser = (each: Subject, binding: RoleBinding) => {
    if (each.kind === 'User') return each.name === name;
    if (each.kind === 'Group') return groups.includes(each.name);
    const namespace = each.namespace ?? binding.metadata.namespace;
    return !!namespace && name === `system:serviceaccount:${namespace}:${each.name}`;
  };
  return [...objects.values()].some((object) => {
    const binding = object as RoleBinding;
    if (!binding.kind.endsWith('Binding')) return false;
    const { namespace } = binding.metadata;
    if (namespace !== undefined && namespace !== request.namespace) return false;
    if (!binding.subjects?.some((each) => isUser(each, binding))) return false;
    const { kind, name: role } = binding.roleRef;
    const at = kind === 'Role' ? `roles/${namespace}/${role}` : `clusterroles/${role}`;
    const rules = (objects.get(PREFIX + at) as Role | undefined)?.rules ?? [];
    return rules.some((each) => allows(each, request));
  });
}

function allows(
  { verbs, apiGroups = [], resources = [], resourceNames = [] }: PolicyRule,
  { verb, group, plural, subresource, name = '' }: ResourceAttributes,
): boolean {
  const resource = subresource ? `${plural}/${subresource}` : plural;
  const isSuch = (all: readonly string[], one: string) => all.includes('*') || all.includes(one);
  const ofAny = subresource !== undefined && resources.includes(`*/${subresource}`);
  return (
    isSuch(verbs, verb) &&
    isSuch(apiGroups, group) &&
    (isSuch(resources, resource) || ofAny) &&
    (resourceNames.length === 0 || resourceNames.includes(name))
  );
}

test('the index decides as one who reads everything', async () => {
  const runs = fc.asyncProperty(
    fc.array(step, { maxLength: 12 }),
    fc.nat(6),
    fc.array(asked, { minLength: 3, maxLength: 6 }),
    async (steps, before, requests) => {
      const store = createMemoryStore(objectCodec);
      const policies = new Policies(store);
      const objects = new Map<string, KubeObject>();
      const compare = () => {
        for (const user of USERS) {
          for (const request of requests) {
            const want = mayByReading(objects, user, request);
            assert.equal(policies.allows(user, request), want, JSON.stringify({ user, request }));
          }
        }
      };
      for (const [i, { key, object }] of steps.entries()) {
        // What was there before somebody asked is read, the rest followed.
        if (i >= before) compare();
        if (object === undefined) objects.delete(key);
        else objects.set(key, object);
        const write: Write<KubeObject> =
          object === undefined
            ? { type: 'delete', key }
            : { type: 'put', key, draft: structuredClone(object) };
        await store.commit([write]);
      }
      compare();
      policies.close();
    },
  );
  await fc.assert(runs, { numRuns: 60, seed: 36 });
});
