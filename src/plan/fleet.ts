import { nodes, pods } from '../api/generated/core/v1/resources.ts';
import type { Node, Pod } from '../api/generated/core/v1/types.ts';
import { every, toMicroTime } from '../base/clock.ts';
import { Informer, type InformerTools } from '../client/informer.ts';
import { isReady } from '../controllers/pods.ts';
import type { KubeObject } from '../machinery/object.ts';
import { COMMIT_WRITES_MAX, type Store, type Write } from '../store/store.ts';
import { type PodLifeTools, RehearsedPod } from './rehearsed-pod.ts';

const RENEW_MS = 20_000;

/** What a fleet is made with. */
export type FleetTools = InformerTools & PodLifeTools & { readonly store: Store<KubeObject> };

/**
 * The agents of all nodes at once: nodes stay as they were found, and their pods live on.
 * *Obvious: an agent each, as in the simulator.* A thousand of them would watch and renew leases
 * for longer than the change itself takes, and nothing ever goes wrong between them and the API.
 */
export class Fleet {
  readonly #tools: FleetTools;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #lives = new Map<string, RehearsedPod>();

  constructor(tools: FleetTools) {
    this.#tools = tools;
    this.#nodes = new Informer<Node>(tools, nodes);
    this.#pods = new Informer<Pod>(tools, pods);
  }

  /** Runs until the signal aborts. */
  start(signal: AbortSignal): void {
    const { clock } = this.#tools;
    this.#nodes.start(signal);
    this.#pods.start(signal);
    void Promise.all([this.#nodes.synced, this.#pods.synced]).then(() => {
      this.#renew();
      this.#pods.subscribe(({ before, after }) => {
        if (before && before.metadata.uid !== after?.metadata.uid) this.#forget(before);
        if (after) this.#see(after);
      });
    });
    const stopRenewing = every(clock, RENEW_MS, () => this.#renew());
    const stop = () => {
      stopRenewing();
      for (const life of this.#lives.values()) life.end();
    };
    signal.addEventListener('abort', stop, { once: true });
  }

  #see(pod: Pod): void {
    const life = this.#lives.get(pod.metadata.uid);
    if (life) return life.see(pod);
    if (isAtRest(pod) || !this.#isAlive(pod.spec.nodeName)) return;
    const begun = new RehearsedPod(this.#tools, pod);
    this.#lives.set(pod.metadata.uid, begun);
    begun.begin();
  }

  #forget({ metadata }: Pod): void {
    this.#lives.get(metadata.uid)?.end();
    this.#lives.delete(metadata.uid);
  }

  /** On a node that isn't ready nothing begins and nothing ends. */
  #isAlive(name: string | undefined): boolean {
    const { status } = (name && this.#nodes.lister.get(name)) || { status: undefined };
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    return ready?.status === 'True';
  }

  /** Says of all nodes that they are there, those that aren't well included: as they were found. */
  #renew(): void {
    const { store, clock } = this.#tools;
    const renewTime = toMicroTime(clock.now());
    const writes = [...this.#nodes.lister.list()].map((node) => leaseOf(node, renewTime));
    for (let from = 0; from < writes.length; from += COMMIT_WRITES_MAX) {
      void store.commit(writes.slice(from, from + COMMIT_WRITES_MAX));
    }
  }
}

/** Whether nothing becomes of a pod by itself, as long as nobody deletes it. */
function isAtRest(pod: Pod): boolean {
  const { metadata, spec, status } = pod;
  if (!spec.nodeName) return true;
  if (metadata.deletionTimestamp !== undefined) return false;
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return true;
  return status.phase === 'Running' && isReady(pod) && spec.restartPolicy === 'Always';
}

function leaseOf({ metadata }: Node, renewTime: string): Write<KubeObject> {
  const { name, uid } = metadata;
  const namespace = 'kube-node-lease';
  const draft = {
    kind: 'Lease',
    apiVersion: 'coordination.k8s.io/v1',
    metadata: { name, namespace, uid: `lease-${uid}` },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
  } as unknown as KubeObject;
  return { type: 'put', key: `/registry/coordination.k8s.io/leases/${namespace}/${name}`, draft };
}
