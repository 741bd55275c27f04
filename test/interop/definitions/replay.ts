import { defaultColumns } from '../../../src/api/columns.ts';
import type { ResourceDefinition, WriteContext } from '../../../src/api/definition.ts';
import { definitions } from '../../../src/api/definitions.ts';
import type { Node, Pod } from '../../../src/api/generated/core/v1/types.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { emptyObjectOf } from '../../../src/machinery/apply/type.ts';
import { isSemanticallyEqual } from '../../../src/machinery/equal.ts';
import { type FieldError, invalidObject } from '../../../src/machinery/field-error.ts';
import { FieldPath } from '../../../src/machinery/field-path.ts';
import { decodeJson } from '../../../src/machinery/json-codec.ts';
import { type Draft, deepFreeze, draftOf, type KubeObject } from '../../../src/machinery/object.ts';
import { patchDocument } from '../../../src/machinery/patch/patch.ts';
import { storedForm } from '../../../src/machinery/stored-form.ts';
import {
  checkNameIsDns1035Label,
  checkNameIsLabel,
  checkNameIsSubdomain,
  checkPathSegmentName,
} from '../../../src/machinery/validation/names.ts';
import {
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../src/machinery/validation/object-meta.ts';

/** One recorded request, and what the server that it was sent to answered. */
export interface Step {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Record<string, unknown>;
  /** Of the answer, only these paths are recorded. */
  readonly only?: readonly string[];
  readonly answer: Answer | null;
}

export interface Answer {
  readonly status: number;
  readonly warnings?: readonly string[];
  readonly body: Record<string, unknown>;
}

interface Target {
  readonly definition: ResourceDefinition;
  readonly namespace: string | undefined;
  readonly subresource: string | undefined;
  readonly key: string;
}

const NAMES = {
  'dns-subdomain': checkNameIsSubdomain,
  'dns-label': checkNameIsLabel,
  'dns-label-1035': checkNameIsDns1035Label,
  'path-segment': checkPathSegmentName,
  'ip-address': checkPathSegmentName,
};
const TIME = '2026-01-01T00:00:00Z';
const NOW = Date.parse(TIME);
const UID = '11111111-2222-4333-8444-555555555555';
const PROTECTION: Readonly<Record<string, string>> = {
  PersistentVolume: 'kubernetes.io/pv-protection',
  PersistentVolumeClaim: 'kubernetes.io/pvc-protection',
  VolumeAttributesClass: 'kubernetes.io/vac-protection',
};
const META = FieldPath.root.at('metadata');
const PATH =
  /^(?:\/api|\/apis\/([^/]+))\/(v\w+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;

type Fields = Record<string, unknown>;

/**
 * Answers requests from definitions alone, as a server would that has no admission, no allocators
 * and no owners of fields. What it can't play is undefined.
 */
export class Player {
  readonly #objects = new Map<string, KubeObject>();
  #revision = 0;

  play(step: Step): Answer | undefined {
    const target = targetOf(step.path);
    if (!target || target.definition.virtual) return undefined;
    switch (step.method) {
      case 'POST':
        return target.subresource === undefined ? this.#create(target, step.body!) : undefined;
      case 'PUT':
      case 'PATCH':
        return this.#update(target, step);
      case 'GET':
        return this.#get(target, step);
      default:
        return undefined;
    }
  }

  #create(target: Target, body: Fields): Answer {
    const { definition, namespace } = target;
    const draft = decode(definition, body);
    const { metadata } = draft;
    if (namespace) metadata.namespace = namespace;
    if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}abcde`;
    metadata.creationTimestamp = TIME;
    metadata.uid = UID;
    if (definition.status && !definition.status.keptOnCreate) resetStatus(definition, draft);
    if (definition.generation) metadata.generation = 1;
    if (definition.kind === 'Pod') admitPod(draft as unknown as Draft<Pod>);
    if (definition.kind === 'Node') admitNode(draft as unknown as Draft<Node>);
    const finalizer = PROTECTION[definition.kind];
    if (finalizer) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    definition.prepareCreate?.(draft, contextOf(target));
    const context = { path: FieldPath.root };
    const checkName = NAMES[definition.nameRule ?? 'dns-subdomain'];
    const errors = [
      ...validateObjectMeta(metadata, { namespaced: definition.namespaced, checkName }, META),
      ...(definition.validate?.(draft, context) ?? []),
      ...(definition.validateCreate?.(draft, context) ?? []),
    ];
    if (errors.length > 0) return refusal(definition, draft, errors);
    return this.#store(`${target.key}/${metadata.name}`, definition, draft, undefined, 201);
  }

  #update(target: Target, step: Step): Answer | undefined {
    const previous = this.#objects.get(target.key);
    if (!previous || target.subresource === 'scale') return undefined;
    const { definition, namespace } = target;
    const draft = decode(definition, documentOf(definition, previous, step));
    if (namespace) draft.metadata.namespace = namespace;
    prepareChange(target, draft, previous);
    const errors = changeErrors(target, draft, previous);
    if (errors.length > 0) return refusal(definition, draft, errors);
    return this.#store(target.key, definition, draft, previous, 200);
  }

  #store(
    key: string,
    definition: ResourceDefinition,
    valid: Draft<KubeObject>,
    previous: KubeObject | undefined,
    status: number,
  ): Answer {
    const draft = storedForm(definition.shape, valid);
    draft.metadata.resourceVersion = `${++this.#revision}`;
    const { storedAs } = definition;
    const stored = storedAs ? storedAs.fromStored(storedAs.toStored(draft) as KubeObject) : draft;
    const object = deepFreeze(structuredClone(stored)) as KubeObject;
    this.#objects.set(key, object);
    const warnings = definition.warnings?.(object, previous) ?? [];
    const { deprecation } = definition;
    return {
      status,
      warnings: deprecation ? [deprecation, ...warnings] : warnings,
      body: object as unknown as Fields,
    };
  }

  #get({ definition, key, subresource }: Target, { headers }: Step): Answer | undefined {
    const object = this.#objects.get(key);
    const objects = [...this.#objects].filter(([each]) => each.startsWith(`${key}/`));
    if (subresource !== undefined) return undefined;
    if (!/as=Table/.test(headers?.Accept ?? headers?.accept ?? '')) {
      const warnings = definition.deprecation ? [definition.deprecation] : [];
      return object && { status: 200, warnings, body: object as unknown as Fields };
    }
    const columns = definition.columns ?? defaultColumns;
    const rows = object ? [object] : objects.map(([, each]) => each);
    return {
      status: 200,
      body: {
        columnDefinitions: columns.map(({ name, type, format = '', priority }) => ({
          name,
          type,
          format,
          priority,
        })),
        rows: rows.map((each) => columns.map(({ cell }) => cell(each, { now: NOW }))),
      },
    };
  }
}

function targetOf(path: string): Target | undefined {
  const [, group = '', version, namespace, plural, name, subresource] = PATH.exec(path) ?? [];
  const definition = definitions.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  );
  const stored = definition?.storedAs?.group ?? group;
  const key = [stored, plural, namespace, name].filter((each) => each !== undefined).join('/');
  return definition && { definition, namespace, subresource, key };
}

function decode(definition: ResourceDefinition, body: unknown): Draft<KubeObject> {
  const { group, version, kind, shape } = definition;
  const { object } = decodeJson(shape, structuredClone(body));
  const apiVersion = group ? `${group}/${version}` : version;
  const draft = { ...object, kind, apiVersion } as unknown as Draft<KubeObject>;
  draft.metadata ??= {} as Draft<KubeObject>['metadata'];
  definition.defaults?.(draft);
  return draft;
}

const contextOf = ({ subresource }: Target): WriteContext => ({
  now: NOW,
  random: seededRandom(1),
  subresource,
  user: { name: 'admin', uid: 'admin-uid', groups: ['system:masters', 'system:authenticated'] },
  warnings: [],
});

function resetStatus({ shape }: ResourceDefinition, draft: Draft<KubeObject>): void {
  setStatus(draft, draftOf(emptyObjectOf(shape).status));
}

function setStatus(draft: object, status: unknown): void {
  if (status === undefined) delete (draft as Fields).status;
  else (draft as Fields).status = status;
}

/** What the default admission plugins make of every pod. */
function admitPod({ spec }: Draft<Pod>): void {
  spec.serviceAccountName ||= 'default';
  spec.serviceAccount = spec.serviceAccountName;
  spec.priority ??= 0;
  spec.preemptionPolicy ??= 'PreemptLowerPriority';
  const tolerations = [...(spec.tolerations ?? [])];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const isThere = tolerations.some(
      (each) =>
        (each.key || key) === key && each.effect !== 'NoSchedule' && each.operator === 'Exists',
    );
    if (!isThere) {
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
    }
  }
  spec.tolerations = tolerations;
}

/** Nodes are not ready until something says so. */
function admitNode({ spec }: Draft<Node>): void {
  const key = 'node.kubernetes.io/not-ready';
  const taints = [...(spec.taints ?? [])];
  if (taints.some((taint) => taint.key === key)) return;
  spec.taints = [...taints, { key, effect: 'NoSchedule' }];
}

function documentOf(
  { shape }: ResourceDefinition,
  document: KubeObject,
  { method, headers = {}, body }: Step,
): unknown {
  if (method === 'PUT') return body;
  const content = headers['Content-Type'] ?? headers['content-type'] ?? '';
  const type = content.includes('strategic')
    ? 'strategic'
    : content.includes('json-patch')
      ? 'json'
      : 'merge';
  return patchDocument({ type, shape, document, body }).document;
}

/** As the registry does: the status is its own subresource, and generations count changes. */
function prepareChange(target: Target, draft: Draft<KubeObject>, previous: KubeObject): void {
  const { definition, subresource } = target;
  const [next, before] = [draft as unknown as Fields, previous as unknown as Fields];
  if (previous.metadata.generation !== undefined) {
    draft.metadata.generation = previous.metadata.generation;
  } else delete draft.metadata.generation;
  if (subresource === 'status') {
    for (const key in next) if (isOwnPart(key)) delete next[key];
    for (const key in before) if (isOwnPart(key)) next[key] = before[key];
  } else if (definition.status && subresource === undefined) setStatus(draft, before.status);
  formOf(target)?.prepareUpdate?.(draft, previous, contextOf(target));
  const { generation } = previous.metadata;
  if (
    definition.generation &&
    subresource !== 'status' &&
    draft.metadata.generation === generation
  ) {
    const keys = new Set([...Object.keys(next), ...Object.keys(before)]);
    const isChanged = [...keys].some(
      (key) => isOwnPart(key) && !isSemanticallyEqual(next[key], before[key]),
    );
    if (isChanged) draft.metadata.generation = (generation ?? 0) + 1;
  }
  draft.metadata.uid ||= previous.metadata.uid;
  if (!definition.conditionalUpdateOnly) {
    draft.metadata.resourceVersion ||= previous.metadata.resourceVersion;
  }
  draft.metadata.creationTimestamp = previous.metadata.creationTimestamp;
}

const isOwnPart = (key: string): boolean =>
  !['metadata', 'status', 'kind', 'apiVersion'].includes(key);

const formOf = ({ definition, subresource }: Target) =>
  subresource === undefined
    ? definition
    : subresource === 'status'
      ? definition.status
      : definition.updates?.[subresource];

function changeErrors(target: Target, object: KubeObject, previous: KubeObject): FieldError[] {
  const { definition, subresource } = target;
  const { namespaced, updateRulesFirst } = definition;
  const context = { path: FieldPath.root, previous, subresource };
  const meta = validateObjectMeta(
    object.metadata,
    { namespaced, checkName: checkPathSegmentName },
    META,
  );
  const changes = validateObjectMetaUpdate(object.metadata, previous.metadata, META);
  const own = subresource === undefined ? (definition.validate?.(object, context) ?? []) : [];
  const rules = formOf(target)?.validateUpdate?.(object, previous, context) ?? [];
  const found = updateRulesFirst ? [...rules, ...own] : [...own, ...rules];
  return [...meta, ...changes, ...changes, ...found];
}

function refusal(
  definition: ResourceDefinition,
  { metadata }: KubeObject,
  errors: readonly FieldError[],
): Answer {
  const status = invalidObject(definition, metadata.name ?? '', errors).toStatus();
  return { status: 422, body: status as unknown as Fields };
}
