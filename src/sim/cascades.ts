import { type KubeObject, keyOf } from '../machinery/object.ts';
import type { Happened, Truth } from './truth.ts';
import type { Violations } from './violations.ts';

const FOREGROUND = 'foregroundDeletion';

/** Who is deleted in the foreground goes after those whom it owned then, and who hold it. */
export class CascadeChecker {
  readonly #truth: Truth;
  readonly #violations: Violations;
  /** Whom they wait for, by the UID of those that are going. */
  readonly #waiting = new Map<string, ReadonlySet<string>>();

  constructor(truth: Truth, violations: Violations) {
    this.#truth = truth;
    this.#violations = violations;
    truth.onChange((happened) => this.#check(happened));
  }

  #check({ before, after }: Happened): void {
    if (after && isInForeground(after) && !(before && isInForeground(before))) {
      const uids = this.#dependentsOf(after.metadata.uid).map(({ metadata }) => metadata.uid);
      this.#waiting.set(after.metadata.uid, new Set(uids));
    }
    if (after || !before || this.#isEmptied(before)) return;
    const awaited = this.#waiting.get(before.metadata.uid);
    const left = this.#dependentsOf(before.metadata.uid).filter(({ metadata }) =>
      awaited?.has(metadata.uid),
    );
    if (left.length === 0) return;
    const what = `${keyOf(before)} is gone before ${left.map(keyOf).join(', ')}`;
    this.#violations.note('cascade', what);
  }

  /** A namespace that goes doesn't wait: it deletes its objects again, without their dependents. */
  #isEmptied({ metadata }: KubeObject): boolean {
    const namespaces = this.#truth.all('namespaces');
    const own = namespaces.find(({ metadata: { name } }) => name === metadata.namespace);
    return own?.metadata.deletionTimestamp !== undefined;
  }

  /** Those of whom it can't be rid without them. */
  #dependentsOf(uid: string): KubeObject[] {
    const all: KubeObject[] = [...this.#truth.all('apps/replicasets'), ...this.#truth.all('pods')];
    return all.filter(({ metadata }) =>
      metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
    );
  }
}

const isInForeground = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(FOREGROUND) ?? false);
