import type { Deployment, ReplicaSet, StatefulSet } from '../api/generated/apps/v1/types.ts';
import type { Job } from '../api/generated/batch/v1/types.ts';
import type { Node, Pod, Service } from '../api/generated/core/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import { controllerOf } from '../machinery/object.ts';
import { parseQuantity } from '../machinery/quantity.ts';
import type { Haunted } from './haunted.ts';
import { isActive, podsAllowed } from './judgement.ts';
import { RecentMaximum } from './recent-maximum.ts';
import type { Happened, Truth } from './truth.ts';
import type { Violations } from './violations.ts';

/** How long a decision may be on its way: the longest stall of a watch, with what follows. */
export const STALE_MAX_MS = 600_000;

/**
 * What must hold after every single write, whatever goes wrong. Bounds are the largest that were
 * asked for lately: a component can't know of a change before it is told.
 */
export class SafetyChecker {
  readonly #truth: Truth;
  readonly #podsOf = new Map<string, Set<string>>();
  readonly #replicas: RecentMaximum;
  readonly #allowed: RecentMaximum;
  /** Names that pods have had. */
  readonly #used = new Set<string>();
  readonly #violations: Violations;
  readonly #haunted: Haunted;

  constructor(truth: Truth, clock: Clock, violations: Violations, haunted: Haunted) {
    this.#truth = truth;
    this.#violations = violations;
    this.#haunted = haunted;
    this.#replicas = new RecentMaximum(clock, STALE_MAX_MS);
    this.#allowed = new RecentMaximum(clock, STALE_MAX_MS);
    truth.onChange((happened) => this.#check(happened));
  }

  #check({ resource, before, after }: Happened): void {
    if (resource === 'pods') this.#checkPod(before as Pod | undefined, after as Pod | undefined);
    if (resource === 'nodes' && after) this.#checkNetworks(after as Node);
    if (resource === 'services' && !before && after) this.#checkService(after as Service);
    if (before && after && before.metadata.uid !== after.metadata.uid) {
      this.#violations.note('identity', `${resource} ${nameOf(after)} became another`);
    }
    if (resource === 'apps/deployments' && after) this.#noteDeployment(after as Deployment);
    if (resource === 'apps/statefulsets' && after) {
      const { metadata, spec } = after as StatefulSet;
      this.#replicas.note(metadata.uid, spec.replicas ?? 1);
    }
    if (resource === 'batch/jobs' && after) {
      const { metadata, spec } = after as Job;
      this.#replicas.note(metadata.uid, Math.min(spec.parallelism ?? 1, spec.completions ?? 1));
    }
    if (resource === 'apps/replicasets') {
      this.#checkReplicaSet(before as ReplicaSet | undefined, after as ReplicaSet | undefined);
    }
  }

  #checkPod(before: Pod | undefined, after: Pod | undefined): void {
    this.#countPod(before, after);
    if (after) this.#used.add(nameOf(after));
    const [was, is] = [before?.spec.nodeName, after?.spec.nodeName];
    const isSame = before?.metadata.uid === after?.metadata.uid;
    if (isSame && was && is !== was) {
      this.#violations.note('identity', `${nameOf(after)} moved from ${was} to ${is}`);
    }
    if (is && is !== was) this.#checkNode(is);
    if (after?.status.podIP && after.status.podIP !== before?.status.podIP) {
      this.#checkAddress(after);
    }
  }

  #countPod(before: Pod | undefined, after: Pod | undefined): void {
    const owner = controllerOf((after ?? before) as Pod)?.uid;
    const old = before && controllerOf(before)?.uid;
    if (old && before) this.#podsOf.get(old)?.delete(before.metadata.uid);
    if (!owner || !after || !isActive(after) || this.#haunted.has('pods', after)) return;
    const pods = this.#podsOf.get(owner) ?? new Set();
    this.#podsOf.set(owner, pods.add(after.metadata.uid));
    const allowed = this.#replicas.of(owner);
    if (allowed === undefined) return;
    if (before && !old) return this.#allowOneMore(owner, allowed);
    // A request that comes late makes a pod again that has come and gone meanwhile, when it was
    // repeated and answered. Who repeats it under the same name has done what can be done.
    if (!before && pods.size > allowed && !this.#used.has(nameOf(after))) {
      const what = `${nameOf(after)} is one of ${pods.size} active pods, where ${allowed} are allowed`;
      this.#violations.note('surge', what);
    }
  }

  /** A pod that is adopted adds to those that are made meanwhile. */
  #allowOneMore(owner: string, allowed: number): void {
    this.#replicas.note(owner, allowed + 1);
    this.#replicas.note(owner, allowed);
  }

  #checkReplicaSet(before: ReplicaSet | undefined, after: ReplicaSet | undefined): void {
    if (!after) return;
    this.#replicas.note(after.metadata.uid, after.spec.replicas ?? 1);
    // What is adopted has the size that it has: only who makes it larger must have the room.
    if (before && (after.spec.replicas ?? 1) <= (before.spec.replicas ?? 1)) return;
    const owner = controllerOf(after)?.uid;
    const allowed = owner === undefined ? undefined : this.#allowed.of(owner);
    if (allowed === undefined) return;
    const all = this.#truth.all('apps/replicasets');
    const siblings = all.filter((each) => controllerOf(each)?.uid === owner);
    const total = siblings.reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
    if (total > allowed && !siblings.some((each) => this.#haunted.has('replicasets', each))) {
      const what = `${nameOf(after)} and its siblings ask for ${total} pods, ${allowed} are allowed`;
      this.#violations.note('surge', what);
    }
  }

  #noteDeployment(deployment: Deployment): void {
    this.#allowed.note(deployment.metadata.uid, podsAllowed(deployment));
  }

  #checkNetworks({ metadata, spec }: Node): void {
    for (const other of this.#truth.all('nodes')) {
      if (other.metadata.name === metadata.name) continue;
      const shared = spec.podCIDRs?.find((cidr) => other.spec.podCIDRs?.includes(cidr));
      if (shared && !this.#haunted.has('nodes', other)) {
        const what = `${metadata.name} and ${other.metadata.name} have ${shared}`;
        this.#violations.note('addresses', what);
      }
    }
  }

  #checkService(service: Service): void {
    const ip = service.spec.clusterIP;
    if (!ip || ip === 'None') return;
    const others = this.#truth.all('services').filter((each) => each.spec.clusterIP === ip);
    if (others.length < 2) return;
    this.#violations.note('addresses', `${others.map(nameOf).join(' and ')} have ${ip}`);
  }

  #checkAddress(pod: Pod): void {
    const { podIP } = pod.status;
    const others = this.#truth
      .all('pods')
      .filter((each) => each.status.podIP === podIP && isActive(each));
    if (others.length < 2) return;
    this.#violations.note('addresses', `${others.map(nameOf).join(' and ')} have ${podIP}`);
  }

  #checkNode(name: string): void {
    const node = this.#truth.all('nodes').find(({ metadata }) => metadata.name === name);
    if (!node) return;
    const pods = this.#truth.all('pods').filter(({ spec, status }) => {
      const hasEnded = status.phase === 'Succeeded' || status.phase === 'Failed';
      return spec.nodeName === name && !hasEnded;
    });
    if (pods.some((pod) => this.#haunted.has('pods', pod))) return;
    const asked = pods.reduce((sum, pod) => sum + cpuOf(pod), 0);
    const there = allocatableCpu(node);
    if (asked > there) {
      const what = `${name} has ${there}m of CPU, and pods that ask for ${asked}m`;
      this.#violations.note('capacity', what);
    }
  }
}

const milli = (text: string | undefined): number =>
  text === undefined ? 0 : (parseQuantity(text)?.milliValue ?? 0);

/** The CPU that a pod asks for, in thousandths. */
export const cpuOf = ({ spec }: Pod): number =>
  spec.containers.reduce((sum, { resources }) => sum + milli(resources?.requests?.cpu), 0);

/** The CPU that a node has to give away, in thousandths. */
export const allocatableCpu = ({ status }: Node): number => milli(status.allocatable?.cpu);

const nameOf = (object: { metadata: { namespace?: string; name: string } } | undefined): string =>
  object ? `${object.metadata.namespace}/${object.metadata.name}` : 'what is gone';
