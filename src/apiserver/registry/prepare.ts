import type { WriteContext } from '../../api/definition.ts';
import { emptyObjectOf } from '../../machinery/apply/type.ts';
import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { type Draft, draftOf, type KubeObject } from '../../machinery/object.ts';
import type { Call } from '../call.ts';
import { carryOverMeta, keepMetadata } from './object-meta.ts';
import type { RegistryParts } from './parts.ts';

type Fields = Record<string, unknown>;

const contextOf = ({ random }: RegistryParts, call: Call): WriteContext => ({
  now: call.now,
  random,
  subresource: call.request.subresource,
  user: call.user,
  warnings: call.warnings,
});

/** Drops from a new object what its creator may not set, and sets what the server sets. */
export function prepareNew(parts: RegistryParts, call: Call, draft: Draft<KubeObject>): void {
  const { definition } = call.resource;
  if (definition.status && !definition.status.keptOnCreate) resetStatus(call, draft);
  if (definition.generation) draft.metadata.generation = 1;
  definition.prepareCreate?.(draft, contextOf(parts, call));
}

/**
 * Carries over from the previous object what the request may not change. Answers the draft to go
 * on with: for a subresource the previous object with that part replaced.
 */
export function prepareChange(
  parts: RegistryParts,
  call: Call,
  draft: Draft<KubeObject>,
  previous: KubeObject,
): void {
  const { resource, request } = call;
  const { definition } = resource;
  const form = formOf(call);
  draft.metadata.generation = previous.metadata.generation;
  if (request.subresource === 'status') {
    keepAllButStatus(draft, previous);
    if (definition.status?.keepsMetadata) keepMetadata(draft.metadata, previous.metadata);
    // Forms of the object under a path of their own say themselves what becomes of the status.
  } else if (definition.status && form === definition) {
    setStatus(draft, (previous as unknown as Fields).status);
  }
  form.prepareUpdate?.(draft, previous, contextOf(parts, call));
  if (definition.generation && request.subresource !== 'status') bumpGeneration(draft, previous);
  if (draft.metadata.generation === undefined) {
    delete (draft.metadata as { generation?: number }).generation;
  }
  carryOverMeta(draft.metadata, previous.metadata);
}

/** What the definition says of the form in which the request changes the object. */
export function formOf({ resource: { definition }, request: { subresource } }: Call) {
  if (subresource === undefined || subresource === 'scale') return definition;
  if (subresource === 'status') return definition.status ?? {};
  return definition.updates?.[subresource] ?? definition;
}

/** Makes the status what it is in an object of which nothing is known: empty, or not there. */
function resetStatus({ resource }: Call, draft: Draft<KubeObject>): void {
  const { status } = emptyObjectOf(resource.definition.shape);
  setStatus(draft, draftOf(status));
}

function setStatus(draft: Draft<KubeObject>, status: unknown): void {
  if (status === undefined) delete (draft as unknown as Fields).status;
  else (draft as unknown as Fields).status = status;
}

function keepAllButStatus(draft: Draft<KubeObject>, previous: KubeObject): void {
  const [next, before] = [draft as unknown as Fields, previous as unknown as Fields];
  for (const key in next) if (isOwnPart(key) && !(key in before)) delete next[key];
  for (const key in before) if (isOwnPart(key)) next[key] = before[key];
}

const isOwnPart = (key: string): boolean =>
  key !== 'metadata' && key !== 'status' && key !== 'kind' && key !== 'apiVersion';

/** One more when anything but metadata and status differs. A definition may have done so already. */
function bumpGeneration(draft: Draft<KubeObject>, previous: KubeObject): void {
  const before = previous.metadata.generation ?? 0;
  if ((draft.metadata.generation ?? 0) !== before) return;
  const [a, b] = [draft as unknown as Fields, previous as unknown as Fields];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (isOwnPart(key) && !isSemanticallyEqual(a[key], b[key])) {
      draft.metadata.generation = before + 1;
      return;
    }
  }
}
