import { createHash } from 'node:crypto';
import { clusterAuthorization } from '../../src/apiserver/auth/cluster-authorizer.ts';
import { installPolicy } from '../../src/apiserver/auth/rbac/install-policy.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';

// What it costs to decide whether somebody may. Run it by itself for the full size; the tests run it
// tiny, so that it doesn't rot.

/** How much to do. Medians are over `rounds`. */
export interface AuthorizationBenchSize {
  readonly rounds: number;
  readonly requests: number;
  /** Namespaces, each with a role and an account that has it. */
  readonly namespaces: number;
}

const FULL: AuthorizationBenchSize = { rounds: 9, requests: 200_000, namespaces: 1000 };

/** One figure, in nanoseconds of CPU. Equal work gives an equal hash. */
export interface Measurement {
  readonly bench: 'authorization';
  readonly measure: string;
  readonly value: number;
  readonly unit: 'ns/op';
  readonly hash: string;
}

const PREFIX = '/registry/rbac.authorization.k8s.io/';
const apiVersion = 'rbac.authorization.k8s.io/v1';

async function fill(store: Store<KubeObject>, namespaces: number): Promise<void> {
  const clock = new VirtualClock();
  await installPolicy(store, clock, seededRandom(1));
  const rules = [
    {
      verbs: ['get', 'list', 'watch'],
      apiGroups: ['', 'apps'],
      resources: ['pods', 'deployments'],
    },
    { verbs: ['*'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['own'] },
  ];
  const subjects = [{ kind: 'ServiceAccount', name: 'robot' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' };
  for (let i = 0; i < namespaces; i++) {
    const metadata = { name: 'r', namespace: `n${i}` };
    const put = (kind: string, parts: object) => ({
      type: 'put' as const,
      key: `${PREFIX}${kind.toLowerCase()}s/n${i}/r`,
      draft: { kind, apiVersion, metadata: { ...metadata }, ...parts } as unknown as KubeObject,
    });
    await store.commit([put('Role', { rules }), put('RoleBinding', { subjects, roleRef })]);
  }
}

const account = (namespace: string) => ({
  name: `system:serviceaccount:${namespace}:robot`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});
const ADMIN = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Measures all of it. */
export async function benchAuthorization(size: AuthorizationBenchSize): Promise<Measurement[]> {
  const store = createMemoryStore(objectCodec);
  await fill(store, size.namespaces);
  const { authorizer, policies } = clusterAuthorization(store);
  const users = Array.from({ length: size.namespaces }, (_, i) => account(`n${i}`));
  const asked = Array.from({ length: size.namespaces }, (_, i) => ({
    group: '',
    plural: 'pods',
    namespace: `n${i}`,
    verb: 'list',
  }));
  const sorts = {
    'a superuser': (i: number) => authorizer.allows(ADMIN, asked[i]!),
    'an account by its role': (i: number) => authorizer.allows(users[i]!, asked[i]!),
    'an account, refused': (i: number) =>
      authorizer.allows(users[i]!, asked[(i + 1) % size.namespaces]!),
  };
  const measurements = Object.entries(sorts).map(([measure, decide]): Measurement => {
    let allowed = 0;
    const rounds = Array.from({ length: size.rounds }, () => {
      const start = process.cpuUsage();
      for (let i = 0; i < size.requests; i++) if (decide(i % size.namespaces)) allowed++;
      const { user, system } = process.cpuUsage(start);
      return ((user + system) * 1000) / size.requests;
    });
    const hash = createHash('sha256').update(`${measure} ${allowed}`).digest('hex').slice(0, 12);
    return {
      bench: 'authorization',
      measure,
      value: Math.round(median(rounds)),
      unit: 'ns/op',
      hash,
    };
  });
  policies.close();
  await store.close();
  return measurements;
}

if (import.meta.main) {
  for (const measurement of await benchAuthorization(FULL)) {
    process.stdout.write(`${JSON.stringify(measurement)}\n`);
  }
}
