import { quote } from '../../../machinery/quote.ts';
import { untilNothingFound } from '../../../machinery/validation/once.ts';
import type {
  ProjectedVolumeSource,
  Volume,
  VolumeProjection,
} from '../../generated/core/v1/types.ts';

/** A file that a volume makes. */
interface Made {
  readonly path: string;
  /** What of the volume makes it, where that has several sources. */
  readonly sourceText?: () => string;
}

type Paths = readonly { readonly path: string }[];

/** What to tell of the files of volumes: those that lie on each other, and sources of none. */
export const pathWarnings = (volumes: readonly Volume[]): string[] =>
  volumes.flatMap((volume) => {
    const { name, configMap, secret, downwardAPI, projected } = volume;
    if (projected) return projectedWarnings(projected, name);
    const [items, what] = configMap
      ? [configMap.items, () => `ConfigMap ${quote(configMap.name ?? '')}`]
      : secret
        ? [secret.items, () => `Secret ${quote(secret.secretName ?? '')}`]
        : [downwardAPI?.items, () => 'DownwardAPI'];
    if (items === undefined || items.length < 2) return [];
    const texts = [...overlaps(madeBy(items)).values()].flat();
    return texts.map((text) => `volume ${quote(name)} (${what()}): ${text}`);
  });

// Nearly all are that of a service account, which pods share.
const projectedWarnings = untilNothingFound((projected: ProjectedVolumeSource, name: string) => {
  const { sources = [] } = projected;
  const files = sources.map(madeBySource);
  const found = overlaps(files.flat());
  const warnings = sources.flatMap((source, i) => [
    ...(isNone(source) ? [' has no sources provided'] : []),
    ...files[i]!.flatMap((made) => (found.get(made) ?? []).map((text) => `: ${text}`)),
  ]);
  return warnings.map((text) => `volume ${quote(name)} (Projected)${text}`);
});

const isNone = (source: VolumeProjection): boolean =>
  Object.values(source).every((each) => each === undefined);

function madeBySource(source: VolumeProjection): Made[] {
  const { configMap, secret, downwardAPI, serviceAccountToken: token } = source;
  const { clusterTrustBundle: bundle, podCertificate: certificate } = source;
  if (configMap?.items) {
    return madeBy(configMap.items, () => `ConfigMap ${quote(configMap.name ?? '')}`);
  }
  if (secret?.items) return madeBy(secret.items, () => `Secret ${quote(secret.name ?? '')}`);
  if (downwardAPI?.items) return madeBy(downwardAPI.items, () => 'DownwardAPI');
  if (token) return madeBy([token], () => 'ServiceAccountToken');
  if (bundle) {
    const { name, signerName } = bundle;
    return madeBy([bundle], () => `ClusterTrustBundle ${quote(name ?? signerName ?? '')}`);
  }
  if (!certificate) return [];
  const { certificateChainPath, keyPath, credentialBundlePath } = certificate;
  return [
    ...madeBy([{ path: certificateChainPath ?? '' }], () => 'PodCertificate chain'),
    ...madeBy([{ path: keyPath ?? '' }], () => 'PodCertificate key'),
    ...madeBy([{ path: credentialBundlePath ?? '' }], () => 'PodCertificate credential bundle'),
  ];
}

const madeBy = (paths: Paths, sourceText?: () => string): Made[] =>
  paths.map(({ path }) => ({
    path: path?.endsWith('/') ? path.replace(/\/+$/, '') : (path ?? ''),
    ...(sourceText && { sourceText }),
  }));

/**
 * How many pairs of what lies in one place are looked for. Clients are told 4 kB of warnings at most,
 * and of all pairs there can be more than there is memory for.
 */
export const PAIRS_MAX = 1000;

const NONE: ReadonlyMap<Made, string[]> = new Map();

/**
 * A file can't stand where another does, nor where another has a folder. Answers what to tell by the
 * file that comes later, in the order of the files. In the order of their names all that lie within
 * a folder follow it, so nobody is compared with all others.
 */
function overlaps(all: readonly Made[]): ReadonlyMap<Made, string[]> {
  const byName = all
    .map(({ path }, i) => ({ folder: `${path}/`, i }))
    .filter(({ folder }) => folder !== '/')
    .sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : a.i - b.i));
  const pairs: (readonly [later: number, earlier: number])[] = [];
  const around: typeof byName = [];
  for (const each of byName) {
    while (around.length > 0 && !each.folder.startsWith(around.at(-1)!.folder)) around.pop();
    for (const { i } of around) pairs.push([Math.max(i, each.i), Math.min(i, each.i)]);
    if (pairs.length > PAIRS_MAX) break;
    around.push(each);
  }
  return pairs.length === 0 ? NONE : textsOf(all, pairs);
}

function textsOf(
  all: readonly Made[],
  pairs: (readonly [later: number, earlier: number])[],
): ReadonlyMap<Made, string[]> {
  const texts = new Map<Made, string[]>();
  for (const [later, earlier] of pairs.sort(([a, x], [b, y]) => a - b || x - y)) {
    const made = all[later]!;
    const known = texts.get(made) ?? [];
    known.push(`overlapping paths: ${shown(made)} with ${shown(all[earlier]!)}`);
    texts.set(made, known);
  }
  return texts;
}

const shown = ({ path, sourceText }: Made): string =>
  sourceText === undefined ? quote(path) : `${quote(path)} (${sourceText()})`;
