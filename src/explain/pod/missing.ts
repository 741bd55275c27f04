import { configMaps, secrets } from '../../api/generated/core/v1/resources.ts';
import type { ConfigMap, Pod, Secret, Volume } from '../../api/generated/core/v1/types.ts';
import { type ClusterReader, HIDDEN } from '../cluster-reader.ts';
import { type Advice, type Evidence, untried } from '../explanation.ts';

/** What a pod refers to and isn't there. */
export interface Missing {
  readonly evidence: Evidence;
  readonly advice: Advice;
}

/** A ConfigMap or Secret that a pod can't do without. */
export interface SourceReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** Of `data`; the object itself when undefined. */
  readonly key?: string | undefined;
}

/** Those of a pod's sources that aren't there, as far as whoever asks may know. */
export async function missingAmong(
  references: readonly SourceReference[],
  { metadata: { namespace } }: Pod,
  reader: ClusterReader,
): Promise<Missing[]> {
  const found: Missing[] = [];
  for (const { kind, name, key } of distinct(references)) {
    const resource = kind === 'ConfigMap' ? configMaps : secrets;
    const place = { namespace, name };
    const source = await reader.findIfAllowed<ConfigMap | Secret>(resource as never, place);
    if (source === HIDDEN) continue;
    if (source && (key === undefined || hasKey(source, key))) continue;
    const what = `${kind} ${name}`;
    const text = source ? `${what} has no key "${key}"` : `there is no ${what} in ${namespace}`;
    const known = Object.keys(source?.data ?? {});
    const has = known.length > 0 ? `; it has ${known.join(', ')}` : '';
    const mend = source ? `add the key "${key}" to ${what}` : `create the ${what} in ${namespace}`;
    found.push({ evidence: { subject: what, text: `${text}${has}` }, advice: untried(mend) });
  }
  return found;
}

const hasKey = (source: ConfigMap | Secret, key: string): boolean =>
  source.data?.[key] !== undefined ||
  ('binaryData' in source && source.binaryData?.[key] !== undefined);

function distinct(references: readonly SourceReference[]): SourceReference[] {
  const found = new Map<string, SourceReference>();
  for (const each of references) found.set(`${each.kind}/${each.name}/${each.key}`, each);
  return [...found.values()];
}

interface Wanted {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

function reference(kind: SourceReference['kind'], wanted: Wanted | undefined): SourceReference[] {
  if (!wanted?.name || wanted.optional) return [];
  return [{ kind, name: wanted.name, key: wanted.key }];
}

/** What the environment variables of a pod's containers are taken from. */
export const environmentSources = ({ spec }: Pod): SourceReference[] =>
  [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ env = [], envFrom = [] }) => [
    ...env.flatMap(({ valueFrom }) => [
      ...reference('ConfigMap', valueFrom?.configMapKeyRef),
      ...reference('Secret', valueFrom?.secretKeyRef),
    ]),
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [
      ...reference('ConfigMap', configMapRef),
      ...reference('Secret', secretRef),
    ]),
  ]);

/** What files in a pod's volumes are taken from. */
export const volumeSources = ({ spec }: Pod): SourceReference[] =>
  (spec.volumes ?? []).flatMap((volume) => [...ownSources(volume), ...projectedSources(volume)]);

const ownSources = ({ configMap, secret }: Volume): SourceReference[] => [
  ...reference('ConfigMap', configMap),
  ...reference('Secret', secret && { ...secret, name: secret.secretName ?? '' }),
];

const projectedSources = ({ projected }: Volume): SourceReference[] =>
  (projected?.sources ?? []).flatMap(({ configMap, secret }) => [
    ...reference('ConfigMap', configMap),
    ...reference('Secret', secret),
  ]);

/** The passwords for its images' registries. */
export const pullSecrets = ({ spec }: Pod): SourceReference[] =>
  (spec.imagePullSecrets ?? []).flatMap((each) => reference('Secret', each));
