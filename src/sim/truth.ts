import { createHash, type Hash } from 'node:crypto';
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from '../api/generated/apps/v1/types.ts';
import type { CronJob, Job } from '../api/generated/batch/v1/types.ts';
import type {
  ConfigMap,
  Endpoints,
  Namespace,
  Node,
  Pod,
  Service,
  ServiceAccount,
} from '../api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Store, StoreEvent } from '../store/store.ts';

const ROOT = '/registry/';
const KEPT_EVENTS = 60;
/** Groups whose names have no dots. */
const SHORT_GROUPS = ['apps', 'batch', 'policy'];

/** Kinds that checkers look at, by where they are stored. */
interface Kinds {
  readonly pods: Pod;
  readonly nodes: Node;
  readonly namespaces: Namespace;
  readonly services: Service;
  readonly serviceaccounts: ServiceAccount;
  readonly configmaps: ConfigMap;
  readonly endpoints: Endpoints;
  readonly 'apps/replicasets': ReplicaSet;
  readonly 'apps/deployments': Deployment;
  readonly 'apps/statefulsets': StatefulSet;
  readonly 'apps/daemonsets': DaemonSet;
  readonly 'apps/controllerrevisions': ControllerRevision;
  readonly 'batch/jobs': Job;
  readonly 'batch/cronjobs': CronJob;
  readonly 'discovery.k8s.io/endpointslices': EndpointSlice;
  readonly 'policy/poddisruptionbudgets': PodDisruptionBudget;
}

/** One change, as the store has it. */
export interface Happened {
  /** `apps/replicasets`, or `pods`. */
  readonly resource: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/** What really is, straight from the store: nothing on the way there can go wrong. */
export class Truth {
  readonly #clock: Clock;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #hash: Hash = createHash('sha256');
  readonly #recent: string[] = [];
  readonly #listeners: ((happened: Happened) => void)[] = [];
  readonly #stop: Cancel;
  readonly #counts = new Map<string, number>();
  #revision = 0;

  constructor(store: Store<KubeObject>, clock: Clock) {
    this.#clock = clock;
    this.#stop = store.watch(ROOT, 0, {
      next: (events, revision) => {
        for (const event of events) this.#take(event, revision);
      },
      end: () => {},
    });
  }

  /** Calls `listener` after each change. */
  onChange(listener: (happened: Happened) => void): void {
    this.#listeners.push(listener);
  }

  all<K extends keyof Kinds>(resource: K): Kinds[K][] {
    return [...(this.#objects.get(resource)?.values() ?? [])] as unknown as Kinds[K][];
  }

  /** How often each resource was written so far. */
  get writes(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** The newest changes, oldest first, a line each. */
  get recent(): readonly string[] {
    return this.#recent;
  }

  /** What tells this history from any other. */
  traceHash(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  close(): void {
    this.#stop();
  }

  #take({ type, entry, previous }: StoreEvent<KubeObject>, revision: number): void {
    if (revision < this.#revision) throw new Error(`revision ${revision} after ${this.#revision}`);
    this.#revision = revision;
    const path = entry.key.slice(ROOT.length).split('/');
    const isNamed = path[0]!.includes('.') || SHORT_GROUPS.includes(path[0]!);
    const resource = isNamed ? `${path[0]}/${path[1]}` : path[0]!;
    const known = this.#objects.get(resource) ?? new Map<string, KubeObject>();
    this.#objects.set(resource, known);
    const after = type === 'put' ? entry.value : undefined;
    if (after) known.set(entry.key, after);
    else known.delete(entry.key);
    this.#counts.set(resource, (this.#counts.get(resource) ?? 0) + 1);
    this.#note(`${this.#clock.monotonicMs()} ${revision} ${type} ${entry.key}`);
    const happened = { resource, before: previous?.value, after };
    for (const listener of this.#listeners) listener(happened);
  }

  #note(line: string): void {
    this.#hash.update(line);
    if (line.includes('/leases/')) return; // They would leave nothing else to see.
    this.#recent.push(line);
    if (this.#recent.length > KEPT_EVENTS) this.#recent.shift();
  }
}
