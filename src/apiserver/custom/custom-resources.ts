import { CLEANUP_FINALIZER } from '../../api/apiextensions-v1/custom-resource-definition.ts';
import type { ResourceDefinition } from '../../api/definition.ts';
import { customResourceDefinitions } from '../../api/generated/apiextensions/v1/resources.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionStatus,
} from '../../api/generated/apiextensions/v1/types.ts';
import { type Cancel, type Clock, toTime } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { ApiRequest, User } from '../../machinery/api-request.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Store, StoreEvent } from '../../store/store.ts';
import type { Heart } from '../heart.ts';
import type { ResourceTable } from '../registry/resource-table.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { WatchCache } from '../watch/watch-cache.ts';
import { CleanUp } from './clean-up.ts';
import type { Converters } from './converter.ts';
import { kindsOf } from './kind.ts';
import { isTrue, namedStatus, type TakenNames } from './names.ts';

/** What following the definitions takes. */
export interface CustomParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store<KubeObject>;
  readonly table: ResourceTable;
  readonly watchCache: WatchCache;
  readonly heart: Heart;
  readonly converters: Converters;
  /** Makes of a definition what is served. */
  readonly served: (definition: ResourceDefinition) => ServedResource;
}

const PREFIX = '/registry/apiextensions.k8s.io/customresourcedefinitions/';
const SYSTEM: User = { name: 'system:apiserver', groups: ['system:masters'] };
const RETRY_MS = 1000;

interface Followed {
  readonly definition: CustomResourceDefinition;
  /** What is in the table because of it. */
  readonly served: readonly ServedResource[];
}

/**
 * Serves what CustomResourceDefinitions define, from the moment they are durable, and says so in
 * their status. *Obvious: a controller like any other.* It would run beside a table that it has to
 * change, and whoever sees `Established` must find the kind served: so it lives with the table.
 */
export class CustomResources {
  readonly #parts: CustomParts;
  readonly #cleanUp: CleanUp;
  readonly #followed = new Map<string, Followed>();
  readonly #writing = new Set<string>();
  #stop: Cancel = () => {};
  #isOver = false;

  constructor(parts: CustomParts) {
    this.#parts = parts;
    this.#cleanUp = new CleanUp({ ...parts, user: SYSTEM });
  }

  /** Serves what is defined now, and follows what changes. */
  start(): void {
    const { store, table } = this.#parts;
    const snapshot = store.snapshot();
    for (const { value } of snapshot.list(PREFIX)) this.#note(value as CustomResourceDefinition);
    table.add([...this.#followed.values()].flatMap(({ served }) => served));
    this.#stop = store.watch(PREFIX, snapshot.revision, {
      next: (events) => {
        for (const event of events) this.#handle(event);
      },
      end: (error) => this.#parts.logger.error('definitions are not followed', { error }),
    });
    for (const name of this.#followed.keys()) this.#settle(name);
  }

  stop(): void {
    this.#isOver = true;
    this.#stop();
    this.#cleanUp.stop();
  }

  #handle({ type, entry }: StoreEvent<KubeObject>): void {
    const definition = entry.value as CustomResourceDefinition;
    const { name } = definition.metadata;
    const before = this.#followed.get(name);
    if (type === 'put') {
      this.#take(definition);
      this.#settle(name);
    } else {
      this.#followed.delete(name);
      this.#exchange(before, undefined);
    }
    const namesBefore = before?.definition.status.acceptedNames;
    if (type === 'put' && isEqual(namesBefore, definition.status.acceptedNames)) return;
    for (const other of this.#othersInGroup(definition)) this.#settle(other);
  }

  /** Serves what a definition says now. */
  #take(definition: CustomResourceDefinition): void {
    const { name } = definition.metadata;
    const before = this.#followed.get(name);
    this.#note(definition);
    this.#exchange(before, this.#followed.get(name));
  }

  #exchange(before: Followed | undefined, after: Followed | undefined): void {
    if (before?.served === after?.served) return;
    const { table, watchCache } = this.#parts;
    table.exchange(before?.served ?? [], after?.served ?? []);
    for (const prefix of new Set(before?.served.map(({ keyPrefix }) => keyPrefix))) {
      watchCache.endWatches(prefix);
    }
  }

  /** Makes what is to be served of a definition, unless it is the same as before. */
  #note(definition: CustomResourceDefinition): void {
    const { name } = definition.metadata;
    const before = this.#followed.get(name);
    const served =
      before && isServedAlike(before.definition, definition)
        ? before.served
        : this.#servedOf(definition);
    this.#followed.set(name, { definition, served });
  }

  #servedOf(definition: CustomResourceDefinition): readonly ServedResource[] {
    if (!isTrue(definition, 'NamesAccepted') && !isTrue(definition, 'Established')) return [];
    const { table, converters, served } = this.#parts;
    return kindsOf(definition, converters)
      .filter(
        ({ group, version, plural }) => table.find(group, version, plural)?.isCustom !== false,
      )
      .map(served);
  }

  /** Brings a definition's status to what it should be, or its end about. */
  #settle(name: string): void {
    const followed = this.#followed.get(name);
    if (followed === undefined || this.#writing.has(name) || this.#isOver) return;
    const { definition } = followed;
    if (definition.metadata.deletionTimestamp !== undefined) {
      if (definition.metadata.finalizers?.includes(CLEANUP_FINALIZER)) {
        this.#cleanUp.begin(definition);
      }
      return;
    }
    const time = toTime(this.#parts.clock.now());
    const status = namedStatus(definition, this.#takenBeside(definition), time);
    if (status === definition.status) return;
    this.#serveEarly(definition, status);
    void this.#write(definition, status);
  }

  /** Who sees that a kind is established must find it served, so it is before that is written. */
  #serveEarly(definition: CustomResourceDefinition, status: CustomResourceDefinitionStatus): void {
    const { name } = definition.metadata;
    const before = this.#followed.get(name);
    const next = { ...definition, status };
    const after = { definition: next, served: this.#servedOf(next) };
    this.#followed.set(name, after);
    this.#exchange(before, after);
  }

  async #write(
    definition: CustomResourceDefinition,
    status: CustomResourceDefinitionStatus,
  ): Promise<void> {
    const { name } = definition.metadata;
    this.#writing.add(name);
    const { group, version, plural } = customResourceDefinitions;
    const request: ApiRequest = {
      verb: 'update',
      group,
      version,
      plural,
      name,
      subresource: 'status',
      options: { fieldManager: 'kube-apiserver' },
      body: { ...definition, status },
    };
    try {
      await this.#parts.heart.handle(request, SYSTEM);
      this.#writing.delete(name);
    } catch (error) {
      this.#writing.delete(name);
      if (this.#isOver) return;
      // Who changed it meanwhile has us told of it, and all begins anew.
      if (isStatusError(error, 'Conflict', 'NotFound')) return this.#settleLatest(name);
      this.#parts.logger.warn('the status of a definition was not written', { name, error });
      this.#parts.clock.after(RETRY_MS, () => this.#settleLatest(name));
    }
  }

  #settleLatest(name: string): void {
    const entry = this.#parts.store.snapshot().get(PREFIX + name);
    if (entry === undefined || this.#isOver) return;
    this.#take(entry.value as CustomResourceDefinition);
    this.#settle(name);
  }

  #othersInGroup({ spec, metadata }: CustomResourceDefinition): string[] {
    return [...this.#followed.values()]
      .filter(({ definition }) => definition.spec.group === spec.group)
      .map(({ definition }) => definition.metadata.name)
      .filter((name) => name !== metadata.name);
  }

  /** The names that others in the group have, our own kinds among them. */
  #takenBeside({ spec: { group }, metadata }: CustomResourceDefinition): TakenNames {
    const resources = new Set<string>();
    const kinds = new Set<string>();
    for (const { definition } of this.#followed.values()) {
      if (definition.spec.group !== group || definition.metadata.name === metadata.name) continue;
      const { plural, singular, shortNames, kind, listKind } =
        definition.status.acceptedNames ?? {};
      for (const name of [plural, singular, ...(shortNames ?? [])]) if (name) resources.add(name);
      for (const name of [kind, listKind]) if (name) kinds.add(name);
    }
    for (const resource of this.#parts.table.list()) {
      if (resource.group !== group || resource.isCustom) continue;
      resources.add(resource.plural).add(resource.kind.toLowerCase());
      for (const name of resource.definition.shortNames ?? []) resources.add(name);
      kinds.add(resource.kind).add(resource.listKind);
    }
    return { resources, kinds };
  }
}

/** Whether two states of a definition make the same kinds. */
function isServedAlike(before: CustomResourceDefinition, after: CustomResourceDefinition): boolean {
  const relevant = ({ spec, status, metadata }: CustomResourceDefinition) => ({
    spec,
    names: status.acceptedNames,
    isServed: ['NamesAccepted', 'Established'].map((type) =>
      (status.conditions ?? []).some((each) => each.type === type && each.status === 'True'),
    ),
    isTerminating: metadata.deletionTimestamp !== undefined,
    uid: metadata.uid,
  });
  return isEqual(relevant(before), relevant(after));
}
