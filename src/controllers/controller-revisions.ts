import type { ControllerRevision } from '../api/generated/apps/v1/types.ts';
import type { PodTemplateSpec } from '../api/generated/core/v1/types.ts';
import { isEqual } from '../machinery/equal.ts';
import { controllerReference, type KubeObject, type NewObject } from '../machinery/object.ts';

// The history of workloads that have no ReplicaSets: each template that they had is kept in a
// ControllerRevision (`apps/v1`), as the patch that brings it back (`kubectl rollout undo`).

/** The label of a revision with its hash, and of the pods of a StatefulSet or DaemonSet. */
export const REVISION_HASH = 'controller-revision-hash';
/** The label of a StatefulSet's revision with the hash in its name. */
const HISTORY_HASH = 'controller.kubernetes.io/hash';

const NAME_MAX = 223; // Of the owner's name, as Kubernetes cuts it.

/** The patch that gives its owner this template again. */
const templatePatch = (template: PodTemplateSpec): object => ({
  spec: { template: { $patch: 'replace', ...template } },
});

/** The template that a revision keeps; undefined when it keeps something else. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const template = (data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } })?.spec
    ?.template;
  if (!template) return undefined;
  const { $patch: _, ...kept } = template;
  return kept as PodTemplateSpec;
}

/** By revision, then age, then name: the newest is the last. */
export const byRevision = (revisions: readonly ControllerRevision[]): ControllerRevision[] =>
  revisions.toSorted((a, b) => {
    if (a.revision !== b.revision) return a.revision - b.revision;
    const [x, y] = [a.metadata, b.metadata];
    if (x.creationTimestamp !== y.creationTimestamp) {
      return x.creationTimestamp < y.creationTimestamp ? -1 : 1;
    }
    return x.name < y.name ? -1 : 1;
  });

/** Whether two revisions keep the same template. An empty selector isn't one that is left out. */
export const isSameRevision = (
  a: { readonly data?: unknown },
  b: { readonly data?: unknown },
): boolean => isEqual(a.data, b.data);

/** What has to happen so that a template has a revision, the newest. */
export type RevisionStep =
  | { readonly type: 'isCurrent'; readonly revision: ControllerRevision }
  | { readonly type: 'renumber'; readonly revision: ControllerRevision; readonly to: number }
  | { readonly type: 'create'; readonly number: number };

/** Finds the revision that a template has among those of its owner, oldest first. */
export function revisionStep(
  revisions: readonly ControllerRevision[],
  template: PodTemplateSpec,
): RevisionStep {
  const newest = revisions.at(-1);
  const number = (newest?.revision ?? 0) + 1;
  const asked = { data: templatePatch(template) };
  const equal = revisions.filter((each) => isSameRevision(each, asked)).at(-1);
  if (!newest || !equal) return { type: 'create', number };
  if (equal === newest) return { type: 'isCurrent', revision: newest };
  return { type: 'renumber', revision: equal, to: number };
}

/** The revision of a StatefulSet's template as Kubernetes names it: by the hash of what it keeps. */
export function newRevision(
  owner: KubeObject,
  template: PodTemplateSpec,
  { number, collisionCount = 0 }: { readonly number: number; readonly collisionCount?: number },
): NewObject<ControllerRevision> {
  const hash = revisionHash(templatePatch(template), collisionCount);
  return labelledRevision(owner, template, { number, label: HISTORY_HASH, hash });
}

/** The revision of a template with this hash, under this label and in its name. */
export function labelledRevision(
  owner: KubeObject,
  template: PodTemplateSpec,
  {
    number,
    label,
    hash,
  }: { readonly number: number; readonly label: string; readonly hash: string },
): NewObject<ControllerRevision> {
  const { name, namespace, annotations } = owner.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, NAME_MAX)}-${hash}`,
      ...(namespace && { namespace }),
      labels: { ...template.metadata?.labels, [label]: hash },
      ...(annotations && { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    data: templatePatch(template),
    revision: number,
  };
}

/** Revisions that nobody uses, oldest first, beyond what the history may hold. */
export function expiredRevisions(
  revisions: readonly ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
  limit: number,
): ControllerRevision[] {
  const history = revisions.filter((each) => !isLive(each));
  return limit < 0 ? [] : history.slice(0, Math.max(0, history.length - limit));
}

// The alphabet of generated names, by which digits of a hash are spelled.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-32 over the JSON with sorted keys and the count of collisions, spelled safely. */
function revisionHash(data: unknown, collisionCount: number): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${goJson(data)}${collisionCount}`)) {
    hash = Math.imul(hash, 0x01000193) ^ byte;
  }
  return [...String(hash >>> 0)].map((digit) => ALPHABET[digit.charCodeAt(0) % 27]).join('');
}

/** JSON as Go writes maps: keys sorted, and what HTML could misread escaped. */
function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return escaped(value);
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${escaped(key)}:${goJson(each)}`).join(',')}}`;
}

const escaped = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(
    /[<>&\u2028\u2029]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
