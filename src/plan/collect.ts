import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from '../api/generated/admissionregistration/v1/resources.ts';
import { customResourceDefinitions } from '../api/generated/apiextensions/v1/resources.ts';
import type { CustomResourceDefinition } from '../api/generated/apiextensions/v1/types.ts';
import { configMaps, secrets } from '../api/generated/core/v1/resources.ts';
import { CommandError } from '../cli/command.ts';
import type { ServedResource } from '../cli/discovery.ts';
import type { ObjectName } from '../client/client.ts';
import type { KubeObject } from '../machinery/object.ts';
import { parseApiVersion, type Resource } from '../machinery/resource.ts';
import { isStatusError, type StatusError } from '../machinery/status.ts';
import { ESSENTIAL, isBuiltIn, NAMES_ONLY, WHOLE } from './collected-kinds.ts';
import { type LiveSource, metadataAlone } from './live-source.ts';
import { keyReferencesIn } from './references.ts';

/** One object of the live state. */
export interface CollectedObject {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** What is known of the live state. */
export interface LiveState {
  readonly objects: readonly CollectedObject[];
  /** UIDs of objects of which no more than the metadata is known. */
  readonly partial: ReadonlySet<string>;
  /** What couldn't be read, and why, as sentences. */
  readonly gaps: readonly string[];
}

/** An object that the change is about. */
export interface Target {
  readonly resource: Resource;
  readonly name: ObjectName;
  /** As the manifest has it. */
  readonly body: object;
  /** Whether it is to be deleted. */
  readonly isDeleted: boolean;
}

/**
 * Reads what a rehearsal of a change needs to know. Rejects with CommandError where that isn't
 * allowed of kinds that nothing can be rehearsed without.
 */
export async function collect(source: LiveSource, targets: readonly Target[]): Promise<LiveState> {
  const collector = new Collector(source, await source.resources());
  await collector.readKinds();
  await collector.readTargets(targets);
  await collector.readOwners();
  return collector;
}

const ROOT_CERTIFICATE = { namespace: 'kube-system', name: 'kube-root-ca.crt' };
const OWNERS_MAX = 200;
/** They vanish by themselves, or are measured. */
const UNCOLLECTED = new Set(['Event', 'Lease', 'PodMetrics']);

/** Without knowing of these there is nothing to rehearse. */
function unreadable(cause: StatusError): CommandError {
  const named = [...ESSENTIAL].map(({ plural }) => plural);
  const advice = `A plan has to get and list ${named.join(', ')} in all namespaces; it writes nothing.`;
  return new CommandError(cause.message, { cause, advice });
}

class Collector implements LiveState {
  readonly #source: LiveSource;
  readonly #served: readonly ServedResource[];
  readonly #byUid = new Map<string, CollectedObject>();
  readonly partial = new Set<string>();
  readonly gaps: string[] = [];

  constructor(source: LiveSource, served: readonly ServedResource[]) {
    this.#source = source;
    this.#served = served;
  }

  get objects(): readonly CollectedObject[] {
    return [...this.#byUid.values()];
  }

  async readKinds(): Promise<void> {
    await Promise.all([
      ...WHOLE.map((resource) => this.#readKind(resource)),
      ...NAMES_ONLY.map((resource) => this.#readKind(resource, 'metadata')),
    ]);
    await Promise.all([this.#readRootCertificates(), this.#readWebhooks()]);
  }

  /** They are somebody else's programs: nothing is sent to them, and that is told. */
  async #readWebhooks(): Promise<void> {
    const kinds = [mutatingWebhookConfigurations, validatingWebhookConfigurations];
    const found = kinds.map(async (resource) => {
      if (!this.#isServed(resource)) return [];
      try {
        return await this.#source.listMetadata(resource);
      } catch (error) {
        if (!isStatusError(error, 'Forbidden')) throw error;
        return [];
      }
    });
    const names = (await Promise.all(found)).flat().map(({ metadata }) => metadata.name);
    if (names.length === 0) return;
    const listed = [...new Set(names)].join(', ');
    const gap = `admission webhooks are not asked in a rehearsal (${listed})`;
    this.gaps.push(`${gap}; "tutti apply --dry-run" asks them`);
  }

  /** What the change is about, the definitions of its kinds, and the sources of its pods. */
  async readTargets(targets: readonly Target[]): Promise<void> {
    await Promise.all([
      ...targets.map((target) => this.#readTarget(target)),
      ...targets.flatMap(({ name: { namespace }, body }) =>
        keyReferencesIn(body).map((each) => this.#readKeys(each.kind, each.name, namespace)),
      ),
    ]);
    const custom = new Set(targets.flatMap((target) => this.#definitionName(target) ?? []));
    await Promise.all([...custom].map((name) => this.#readCustomKind(name)));
    const gone = targets.filter(
      ({ resource, isDeleted }) => isDeleted && resource.kind === 'Namespace',
    );
    await Promise.all(gone.map((target) => this.#readContents(target)));
  }

  /** Owners that aren't there would have their dependents collected as garbage. */
  async readOwners(): Promise<void> {
    const missing = new Map<string, () => Promise<void>>();
    for (const { object } of this.#byUid.values()) {
      for (const reference of object.metadata.ownerReferences ?? []) {
        if (this.#byUid.has(reference.uid)) continue;
        const { group } = parseApiVersion(reference.apiVersion);
        const resource = this.#served.find(
          (each) => each.group === group && each.kind === reference.kind,
        );
        if (!resource) continue;
        const place = resource.namespaced ? { namespace: object.metadata.namespace } : {};
        missing.set(reference.uid, () => this.#readOwner(resource, { ...place, ...reference }));
      }
    }
    await Promise.all([...missing.values()].slice(0, OWNERS_MAX).map((read) => read()));
  }

  async #readKind(
    resource: Resource,
    part: 'whole' | 'metadata' = 'whole',
    namespace?: string,
  ): Promise<void> {
    if (!this.#isServed(resource)) return;
    const { plural } = resource;
    try {
      const isWhole = part === 'whole';
      const read = isWhole
        ? this.#source.list(resource)
        : this.#source.listMetadata(resource, namespace);
      for (const object of await read) this.#add(resource, object, { isPartial: !isWhole });
    } catch (error) {
      if (!isStatusError(error, 'Forbidden')) throw error;
      if (ESSENTIAL.has(resource)) throw unreadable(error);
      this.gaps.push(`${plural} may not be read: what depends on them isn't known`);
    }
  }

  #isServed({ group, version, plural }: Resource): boolean {
    return this.#served.some(
      (each) => each.group === group && each.version === version && each.plural === plural,
    );
  }

  /** The controllers write these: they must be what they are, or each would seem to be changed. */
  async #readRootCertificates(): Promise<void> {
    const one = await this.#find(configMaps, ROOT_CERTIFICATE);
    if (!one) return;
    for (const [uid, { resource, object }] of this.#byUid) {
      if (resource !== configMaps || object.metadata.name !== ROOT_CERTIFICATE.name) continue;
      this.partial.delete(uid);
      this.#byUid.set(uid, { resource, object: { ...one, metadata: object.metadata } });
    }
  }

  async #readTarget({ resource, name }: Target): Promise<void> {
    const object = await this.#find(resource, name);
    if (object) this.#add(resource, object);
  }

  /** Which keys a ConfigMap or Secret has; the values of Secrets are dropped on arrival. */
  async #readKeys(kind: string, name: string, namespace: string | undefined): Promise<void> {
    const resource = kind === 'Secret' ? secrets : configMaps;
    const object = await this.#find(resource, { name, namespace });
    if (!object || !this.partial.has(object.metadata.uid)) return;
    this.#add(resource, kind === 'Secret' ? withoutValues(object) : object);
  }

  /** The name of the definition that a target is of, or is. */
  #definitionName({ resource, name }: Target): string | undefined {
    const { group, plural } = resource;
    if (!isBuiltIn(group)) return `${plural}.${group}`;
    return plural === customResourceDefinitions.plural ? name.name : undefined;
  }

  /** All that is in a namespace goes with it. */
  async #readContents({ name: { name } }: Target): Promise<void> {
    const collected = new Set([...WHOLE, ...NAMES_ONLY].map(({ kind }) => kind));
    const others = this.#served.filter(
      ({ group, kind, namespaced, verbs }) =>
        namespaced &&
        isBuiltIn(group) &&
        !collected.has(kind) &&
        !UNCOLLECTED.has(kind) &&
        verbs.includes('list') &&
        verbs.includes('delete'),
    );
    await Promise.all(others.map((resource) => this.#readKind(resource, 'metadata', name)));
  }

  async #readCustomKind(name: string): Promise<void> {
    const found = await this.#find(customResourceDefinitions, { name });
    if (!found) return;
    this.#add(customResourceDefinitions, found);
    const { spec } = found as CustomResourceDefinition;
    const stored = spec.versions.find(({ storage }) => storage);
    if (!stored?.served) return;
    const { kind, plural } = spec.names;
    const namespaced = spec.scope === 'Namespaced';
    await this.#readKind({ group: spec.group, version: stored.name, kind, plural, namespaced });
  }

  async #readOwner(
    resource: Resource,
    { uid, ...name }: ObjectName & { readonly uid: string },
  ): Promise<void> {
    const object = await this.#find(resource, name, metadataOf(resource, name, uid));
    if (object?.metadata.uid !== uid) return;
    this.#add(resource, metadataAlone(resource, object.metadata), { isPartial: true });
  }

  /** One object; `otherwise` where it may not be read. */
  async #find(
    resource: Resource,
    name: ObjectName,
    otherwise?: KubeObject,
  ): Promise<KubeObject | undefined> {
    try {
      return await this.#source.find(resource, name);
    } catch (error) {
      if (!isStatusError(error, 'Forbidden', 'MethodNotAllowed')) throw error;
      return otherwise;
    }
  }

  #add(resource: Resource, object: KubeObject, { isPartial = false } = {}): void {
    const { uid } = object.metadata;
    if (isPartial) this.partial.add(uid);
    else this.partial.delete(uid);
    this.#byUid.set(uid, { resource, object });
  }
}

const metadataOf = (resource: Resource, { name, namespace }: ObjectName, uid: string) =>
  metadataAlone(resource, {
    name,
    ...(namespace && { namespace }),
    uid,
    resourceVersion: '1',
    creationTimestamp: '',
  });

/** A Secret of which only the keys are left. */
function withoutValues(secret: KubeObject): KubeObject {
  const { data = {} } = secret as { readonly data?: Readonly<Record<string, string>> };
  const keys = Object.fromEntries(Object.keys(data).map((key) => [key, '']));
  return { ...secret, data: keys } as KubeObject;
}
