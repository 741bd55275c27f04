import { definitions } from '../../../src/api/definitions.ts';
import { shapeOf, shapes } from '../../../src/api/shapes.ts';
import { applyConfiguration } from '../../../src/machinery/apply/apply.ts';
import { LEAF } from '../../../src/machinery/apply/field-set.ts';
import { type ManagedResource, managedResourceOf } from '../../../src/machinery/apply/resource.ts';
import { managedFieldsAfterScale, scaleManagedFields } from '../../../src/machinery/apply/scale.ts';
import { applyTypeOfSchema, type SchemaNode } from '../../../src/machinery/apply/schema-type.ts';
import { applyTypeOf } from '../../../src/machinery/apply/type.ts';
import { forgetsOwners, managedFieldsAfterUpdate } from '../../../src/machinery/apply/update.ts';
import { onlyVersion } from '../../../src/machinery/apply/versions.ts';
import { decodeJson } from '../../../src/machinery/json-codec.ts';
import { type Draft, deepFreeze, type KubeObject } from '../../../src/machinery/object.ts';
import { applyMergePatch } from '../../../src/machinery/patch/merge-patch.ts';
import { parseApiVersion } from '../../../src/machinery/resource.ts';

/** One recorded request, and what the server that it was sent to answered. */
export interface Step {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly answer: { readonly status: number; readonly body: Record<string, unknown> } | null;
}

type Body = Record<string, unknown> & { apiVersion?: string; kind?: string };

/** A schema for the kind of a custom resource; without one, kinds are built-in. */
export type Schema = SchemaNode | undefined;

const TIME = '2026-01-01T00:00:00Z';

/** Plays requests about one object, through the machinery alone: no server, no store. */
export class Player {
  readonly #schema: Schema;
  #live: KubeObject | undefined;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** The object after the request. Throws what refuses it. */
  play(step: Step): KubeObject | undefined {
    const { method, path, query = {}, headers = {}, body } = step;
    const subresource = ['status', 'scale'].find((each) => path.endsWith(`/${each}`)) ?? '';
    const manager = query.fieldManager ?? 'golden';
    if (method === 'GET') return this.#live;
    const resource = this.#resourceOf((body?.apiVersion ? body : this.#live) as Body, subresource);
    if (headers['Content-Type']?.includes('apply')) {
      const request = { configuration: body!, manager, force: query.force === 'true', time: TIME };
      const applied = applyConfiguration(resource, { live: this.#live, ...request });
      return this.#store(this.#decode(applied.object), applied.managedFields);
    }
    if (subresource === 'scale') return this.#scale(body!, manager);
    const raw = method === 'PATCH' ? (applyMergePatch(this.#live, body!) as Body) : body!;
    const next = this.#decode(raw);
    const given = (raw.metadata as { managedFields?: unknown }).managedFields;
    const update = { live: this.#live, next, forget: forgetsOwners(given), manager, time: TIME };
    return this.#store(next, managedFieldsAfterUpdate(resource, update));
  }

  #resourceOf({ apiVersion = '', kind = '' }: Body, subresource: string): ManagedResource {
    const field = subresource === 'status' ? 'spec' : 'status';
    const more = { subresource, ignored: () => ({ [`f:${field}`]: LEAF }) };
    if (!this.#schema) {
      const shape = shapeOf({ ...parseApiVersion(apiVersion), kind });
      return managedResourceOf({ apiVersion, kind, shape }, more);
    }
    const metadata = shapes.named('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!;
    const type = applyTypeOfSchema(this.#schema, applyTypeOf(metadata));
    const versions = onlyVersion(apiVersion, type);
    return { apiVersion, kind, type, empty: { apiVersion, kind }, versions, ...more };
  }

  #decode(object: object): Draft<KubeObject> {
    if (this.#schema) return withoutNulls(object) as Draft<KubeObject>;
    const { apiVersion, kind } = object as Body;
    const type = { ...parseApiVersion(apiVersion!), kind: kind! };
    const draft = decodeJson(shapeOf(type), object).object as unknown as Draft<KubeObject>;
    const isSame = (each: { group: string; version: string; kind: string }) =>
      each.group === type.group && each.version === type.version && each.kind === kind;
    definitions.find(isSame)?.defaults?.(draft);
    return draft;
  }

  #scale(body: Body, manager: string): KubeObject | undefined {
    const live = this.#live as KubeObject & { spec: { replicas: number } };
    const apiVersion = 'autoscaling/v1';
    const resource = this.#resourceOf({ apiVersion, kind: 'Scale' }, 'scale');
    const paths = { [live.apiVersion]: ['spec', 'replicas'] };
    const before = {
      apiVersion,
      kind: 'Scale',
      metadata: {
        uid: 'u',
        managedFields: scaleManagedFields(live.metadata.managedFields, paths),
      },
      spec: { replicas: live.spec.replicas },
    };
    const after = applyMergePatch(before, body) as typeof before;
    const entries = managedFieldsAfterUpdate(resource, {
      live: before,
      next: after,
      manager,
      time: TIME,
    });
    const scaled = { ...live, spec: { ...live.spec, ...after.spec } };
    const { managedFields } = live.metadata;
    const fields = managedFieldsAfterScale(managedFields, entries, {
      paths,
      apiVersion: live.apiVersion,
    });
    this.#store(structuredClone(scaled) as Draft<KubeObject>, fields);
    return undefined;
  }

  #store(object: Draft<KubeObject>, managedFields: unknown): KubeObject {
    const { managedFields: _, ...metadata } = object.metadata;
    const { stringData: __, ...rest } = object as Draft<KubeObject> & { stringData?: unknown };
    const fields = managedFields === undefined ? {} : { managedFields };
    const stored = { ...rest, metadata: { ...metadata, uid: 'u', ...fields } };
    this.#live = deepFreeze(structuredClone(stored)) as KubeObject;
    return this.#live;
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)]));
}
