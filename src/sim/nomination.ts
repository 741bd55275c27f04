import type { Pod } from '../api/generated/core/v1/types.ts';
import { keyOf } from '../machinery/object.ts';
import type { Haunted } from './haunted.ts';
import { isActive } from './judgement.ts';
import { allocatableCpu, cpuOf } from './safety.ts';
import type { Happened, Truth } from './truth.ts';
import type { Violations } from './violations.ts';

/** Where pods had to go to make room for one, nobody who is less important takes that room. */
export class NominationChecker {
  readonly #truth: Truth;
  readonly #violations: Violations;
  readonly #haunted: Haunted;

  constructor(truth: Truth, violations: Violations, haunted: Haunted) {
    this.#truth = truth;
    this.#violations = violations;
    this.#haunted = haunted;
    truth.onChange((happened) => this.#check(happened));
  }

  #check({ resource, before, after }: Happened): void {
    if (resource !== 'pods' || !after) return;
    const [was, is] = [before as Pod | undefined, after as Pod];
    const { nodeName } = is.spec;
    if (!nodeName || was?.spec.nodeName || this.#haunted.has('pods', is)) return;
    const awaiting = this.#truth
      .all('pods')
      .filter((pod) => pod.status.nominatedNodeName === nodeName && !pod.spec.nodeName)
      .filter((pod) => isActive(pod) && priorityOf(pod) > priorityOf(is));
    for (const pod of awaiting) this.#checkRoom(pod, is, nodeName);
  }

  /** Those who are going leave their room to the one that waits for it. */
  #checkRoom(awaiting: Pod, taker: Pod, nodeName: string): void {
    const node = this.#truth.all('nodes').find(({ metadata }) => metadata.name === nodeName);
    if (!node || this.#haunted.has('pods', awaiting) || cpuOf(taker) === 0) return;
    const staying = this.#truth
      .all('pods')
      .filter((pod) => pod.spec.nodeName === nodeName && isActive(pod));
    const asked = staying.reduce((sum, pod) => sum + cpuOf(pod), 0);
    if (asked + cpuOf(awaiting) <= allocatableCpu(node)) return;
    const what = `${keyOf(taker)} takes room on ${nodeName} that ${keyOf(awaiting)} waits for`;
    this.#violations.note('nomination', what);
  }
}

const priorityOf = ({ spec }: Pod): number => spec.priority ?? 0;
