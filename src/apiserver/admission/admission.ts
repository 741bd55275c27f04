import type { ResourceDefinition } from '../../api/definition.ts';
import type { RequestOptions, User } from '../../machinery/api-request.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { DeletionOptions } from '../../machinery/validation/options.ts';
import type { Write } from '../../store/store.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Rounds } from './rounds.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A kind of objects in one version. */
export interface ObjectKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What admission is asked about: one write, before it is stored. */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  readonly definition: ResourceDefinition;
  readonly resource: ServedResource;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  /** What the object is, where that is none of the resource: what a subresource speaks. */
  readonly kind?: ObjectKind;
  /** Empty while a name is still to be generated. */
  readonly name: string;
  /** What shall be stored, to be changed by mutating plugins; absent for a delete. */
  readonly object: Draft<KubeObject> | undefined;
  /** What is stored now; absent for a create. */
  readonly oldObject: KubeObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  /** What to tell the client beside the answer. Plugins add to it. */
  readonly warnings: string[];
  readonly options: RequestOptions;
  readonly deleteOptions?: DeletionOptions;
  /** Set by plugins that may have to be asked once more, with all others. */
  rounds?: Rounds;
}

/**
 * Looks at writes, changes or refuses them by throwing StatusError. Answers at once unless it has
 * to ask somebody outside.
 */
export interface AdmissionPlugin {
  readonly name: string;
  /** Wants to be asked about objects that are none of the resource, too (`kind`). */
  readonly isForAllKinds?: boolean;
  /** First round: may change the object. */
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  /** Second round, on the final object. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
  /**
   * Last round, in the turn of the commit: what is to be written together with the object. Asked
   * of dry runs, too, which write nothing.
   */
  charge?(attributes: AdmissionAttributes): readonly Write<KubeObject>[];
}

const NOTHING: readonly Write<KubeObject>[] = [];

/** All plugins in their order. Costs no promise as long as no plugin needs one. */
export class AdmissionChain {
  readonly #mutating: readonly AdmissionPlugin[];
  readonly #validating: readonly AdmissionPlugin[];
  readonly #charging: readonly AdmissionPlugin[];
  readonly #forAllKinds: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#mutating = plugins.filter(({ admit }) => admit !== undefined);
    this.#validating = plugins.filter(({ validate }) => validate !== undefined);
    this.#charging = plugins.filter(({ charge }) => charge !== undefined);
    this.#forAllKinds = plugins.filter(({ isForAllKinds }) => isForAllKinds);
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    const pending = this.#admitOnce(attributes);
    if (pending !== undefined) return pending.then(() => this.#admitAgain(attributes));
    return this.#admitAgain(attributes);
  }

  #admitOnce(attributes: AdmissionAttributes): void | Promise<void> {
    return inOrder(
      this.#concerned(this.#mutating, attributes),
      (each) => each.admit?.(attributes),
      0,
    );
  }

  #admitAgain(attributes: AdmissionAttributes): void | Promise<void> {
    const { rounds } = attributes;
    if (rounds === undefined || !rounds.isAnotherWanted) return;
    rounds.isSecond = true;
    return this.#admitOnce(attributes);
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    const plugins = this.#concerned(this.#validating, attributes);
    return inOrder(plugins, (each) => each.validate?.(attributes), 0);
  }

  #concerned(
    plugins: readonly AdmissionPlugin[],
    { kind }: AdmissionAttributes,
  ): readonly AdmissionPlugin[] {
    return kind === undefined ? plugins : this.#forAllKinds;
  }

  charge(attributes: AdmissionAttributes): readonly Write<KubeObject>[] {
    let all = NOTHING;
    for (const plugin of this.#charging) {
      const writes = plugin.charge?.(attributes) ?? NOTHING;
      if (writes.length > 0) all = all === NOTHING ? writes : [...all, ...writes];
    }
    return all;
  }
}

function inOrder(
  plugins: readonly AdmissionPlugin[],
  ask: (plugin: AdmissionPlugin) => void | Promise<void>,
  from: number,
): void | Promise<void> {
  for (let i = from; i < plugins.length; i++) {
    const pending = ask(plugins[i]!);
    if (pending !== undefined) return pending.then(() => inOrder(plugins, ask, i + 1));
  }
}
