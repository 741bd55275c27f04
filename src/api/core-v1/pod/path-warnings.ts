import { quote } from '../../../machinery/quote.ts';
import type { Volume, VolumeProjection } from '../../generated/core/v1/types.ts';

/** A file that a volume makes, and what of it makes the file where it has several sources. */
interface Made {
  readonly path: string;
  readonly source?: string;
}

type Paths = readonly { readonly path: string }[];

/** What to tell of the files of volumes: those that lie on each other, and sources of none. */
export const pathWarnings = (volumes: readonly Volume[]): string[] =>
  volumes.flatMap((volume) => {
    const { name, configMap, secret, downwardAPI } = volume;
    const plain = (paths: Paths | undefined, what: string) =>
      overlaps(madeBy(paths)).map((text) => `volume ${quote(name)} (${what}): ${text}`);
    return [
      ...plain(configMap?.items, `ConfigMap ${quote(configMap?.name ?? '')}`),
      ...plain(secret?.items, `Secret ${quote(secret?.secretName ?? '')}`),
      ...plain(downwardAPI?.items, 'DownwardAPI'),
      ...projectedWarnings(volume),
    ];
  });

function projectedWarnings({ name, projected }: Volume): string[] {
  const start = `volume ${quote(name)} (Projected)`;
  const warnings: string[] = [];
  const all: Made[] = [];
  for (const source of projected?.sources ?? []) {
    if (Object.values(source).every((each) => each === undefined)) {
      warnings.push(`${start} has no sources provided`);
    }
    for (const made of madeBySource(source)) {
      const texts = overlapsWith(all, made);
      warnings.push(...texts.map((text) => `${start}: ${text}`));
      all.push(made);
    }
  }
  return warnings;
}

function madeBySource(source: VolumeProjection): Made[] {
  const { configMap, secret, downwardAPI, serviceAccountToken: token } = source;
  const { clusterTrustBundle: bundle, podCertificate: certificate } = source;
  if (configMap?.items) return madeBy(configMap.items, `ConfigMap ${quote(configMap.name ?? '')}`);
  if (secret?.items) return madeBy(secret.items, `Secret ${quote(secret.name ?? '')}`);
  if (downwardAPI?.items) return madeBy(downwardAPI.items, 'DownwardAPI');
  if (token) return madeBy([token], 'ServiceAccountToken');
  if (bundle) {
    return madeBy([bundle], `ClusterTrustBundle ${quote(bundle.name ?? bundle.signerName ?? '')}`);
  }
  if (!certificate) return [];
  return [
    { path: certificate.certificateChainPath ?? '', source: 'PodCertificate chain' },
    { path: certificate.keyPath ?? '', source: 'PodCertificate key' },
    { path: certificate.credentialBundlePath ?? '', source: 'PodCertificate credential bundle' },
  ].filter(({ path }) => path !== '');
}

const madeBy = (paths: Paths | undefined, source?: string): Made[] =>
  (paths ?? []).map(({ path }) => ({
    path: (path ?? '').replace(/\/+$/, ''),
    ...(source !== undefined && { source }),
  }));

const overlaps = (all: readonly Made[]): string[] =>
  all.flatMap((made, i) => overlapsWith(all.slice(0, i), made));

/** A file can't stand where another does, nor where another has a folder. */
function overlapsWith(others: readonly Made[], made: Made): string[] {
  const within = (inner: Made, outer: Made) => `${inner.path}/`.startsWith(`${outer.path}/`);
  if (made.path === '') return [];
  return others
    .filter((other) => other.path !== '' && (within(other, made) || within(made, other)))
    .map((other) => `overlapping paths: ${shown(made)} with ${shown(other)}`);
}

const shown = ({ path, source }: Made): string =>
  source === undefined ? quote(path) : `${quote(path)} (${source})`;
