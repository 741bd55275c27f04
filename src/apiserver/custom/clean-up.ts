import {
  CLEANUP_FINALIZER,
  withCondition,
} from '../../api/apiextensions-v1/custom-resource-definition.ts';
import { customResourceDefinitions } from '../../api/generated/apiextensions/v1/resources.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from '../../api/generated/apiextensions/v1/types.ts';
import { type Cancel, type Clock, toTime } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { ApiRequest, User } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { Heart } from '../heart.ts';

interface CleanUpParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store<KubeObject>;
  readonly heart: Heart;
  readonly user: User;
}

/** How long until it is looked again whether objects with finalizers have gone. */
const LOOK_AGAIN_MS = 1000;

/** Deletes the objects of definitions that are being deleted, and then lets go of those. */
export class CleanUp {
  readonly #parts: CleanUpParts;
  readonly #underWay = new Set<string>();
  #isOver = false;
  #cancel = new Set<Cancel>();

  constructor(parts: CleanUpParts) {
    this.#parts = parts;
  }

  /** Begins with a definition, unless that has happened. */
  begin(definition: CustomResourceDefinition): void {
    const { uid } = definition.metadata;
    if (this.#underWay.has(uid)) return;
    this.#underWay.add(uid);
    void this.#carryOn(definition);
  }

  stop(): void {
    this.#isOver = true;
    for (const cancel of this.#cancel) cancel();
  }

  async #carryOn(definition: CustomResourceDefinition): Promise<void> {
    try {
      await this.#removeObjects(definition);
      if (this.#objectsOf(definition).length === 0) {
        await this.#letGo(definition.metadata.name);
        this.#underWay.delete(definition.metadata.uid);
        return;
      }
      await this.#note(definition.metadata.name, this.#inProgress());
    } catch (error) {
      const { name } = definition.metadata;
      this.#parts.logger.warn('objects of a definition were not deleted', { name, error });
    }
    if (this.#isOver) return;
    const cancel = this.#parts.clock.after(LOOK_AGAIN_MS, () => {
      this.#cancel.delete(cancel);
      void this.#carryOn(definition);
    });
    this.#cancel.add(cancel);
  }

  #prefixOf({ spec }: CustomResourceDefinition): string {
    return `/registry/${spec.group}/${spec.names.plural}/`;
  }

  #objectsOf(definition: CustomResourceDefinition) {
    return this.#parts.store.snapshot().list(this.#prefixOf(definition));
  }

  async #removeObjects(definition: CustomResourceDefinition): Promise<void> {
    const { group, names, versions } = definition.spec;
    const version = versions.find(({ served }) => served)?.name;
    const entries = this.#objectsOf(definition);
    const removals = entries.map(({ key, value: { metadata } }) => {
      // Where no version is served, nobody else could be asked.
      if (version === undefined) return this.#parts.store.commit([{ type: 'delete', key }]);
      const { name, namespace, deletionTimestamp } = metadata;
      if (deletionTimestamp !== undefined) return undefined;
      return this.#ask({ verb: 'delete', group, version, plural: names.plural, name, namespace });
    });
    await Promise.all(removals);
  }

  async #ask(request: Omit<ApiRequest, 'options'> & { namespace: string | undefined }) {
    const { namespace, ...others } = request;
    const address = { ...others, ...(namespace && { namespace }) };
    try {
      const options = { fieldManager: 'kube-apiserver' };
      await this.#parts.heart.handle({ ...address, options }, this.#parts.user);
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  /** Takes our finalizer off, with which the definition goes unless others hold it. */
  async #letGo(name: string): Promise<void> {
    const stored = this.#stored(name);
    if (stored === undefined) return;
    const finalizers = stored.metadata.finalizers?.filter((each) => each !== CLEANUP_FINALIZER);
    const metadata = { ...stored.metadata, finalizers };
    await this.#write({ ...stored, metadata }, this.#done());
  }

  /** Says how far it has come, once. */
  async #note(name: string, condition: CustomResourceDefinitionCondition): Promise<void> {
    const stored = this.#stored(name);
    const isSaid = stored?.status.conditions?.some(({ reason }) => reason === condition.reason);
    if (stored !== undefined && !isSaid) await this.#write(stored, condition);
  }

  #stored(name: string): CustomResourceDefinition | undefined {
    const { group, plural } = customResourceDefinitions;
    const key = `/registry/${group}/${plural}/${name}`;
    return this.#parts.store.latest(key)?.value as CustomResourceDefinition | undefined;
  }

  /** By way of the status, as nothing may be wrong with a spec that is only to be let go of. */
  #write(
    definition: CustomResourceDefinition,
    condition: CustomResourceDefinitionCondition,
  ): Promise<void> {
    const { group, version, plural } = customResourceDefinitions;
    const { name } = definition.metadata;
    const conditions = withCondition(definition.status.conditions, condition);
    const body = { ...definition, status: { ...definition.status, conditions } };
    const address = { group, version, plural, name, namespace: undefined };
    return this.#ask({ verb: 'update', subresource: 'status', ...address, body });
  }

  #inProgress(): CustomResourceDefinitionCondition {
    return {
      type: 'Terminating',
      status: 'True',
      lastTransitionTime: toTime(this.#parts.clock.now()),
      reason: 'InstanceDeletionInProgress',
      message: 'CustomResource deletion is in progress',
    };
  }

  #done(): CustomResourceDefinitionCondition {
    return {
      type: 'Terminating',
      status: 'False',
      lastTransitionTime: toTime(this.#parts.clock.now()),
      reason: 'InstanceDeletionCompleted',
      message: 'removed all instances',
    };
  }
}
