import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Secret,
  Volume,
  VolumeProjection,
} from '../../api/generated/core/v1/types.ts';
import type { ProjectedFile } from '../../runtime/projected-files.ts';
import { PodConfigError } from '../spec/config-error.ts';
import { type DownwardFacts, fieldValue, resourceValue } from '../spec/downward.ts';
import type { References } from '../spec/environment.ts';

/** A service account's token that a volume wants to show. */
export interface TokenWanted {
  readonly audience: string;
  readonly expirationSeconds: number;
}

export interface ProjectionInput extends DownwardFacts {
  readonly references: References;
  readonly token: (wanted: TokenWanted) => string;
  /** The user that all containers run as, if there is one. */
  readonly user: number | undefined;
}

const DEFAULT_MODE = 0o644;
const TOKEN_SECONDS = 3600;

/** Whether the agent writes a volume's files from objects of the API. */
export const isProjected = ({ configMap, secret, downwardAPI, projected }: Volume): boolean =>
  (configMap ?? secret ?? downwardAPI ?? projected) !== undefined;

/** The sources of a volume in the form of a projected one, and the permissions of its files. */
function sourcesOf({ configMap, secret, downwardAPI, projected }: Volume): {
  sources: readonly VolumeProjection[];
  mode: number;
} {
  const only = (source: VolumeProjection, mode: number | undefined) => ({
    sources: [source],
    mode: mode ?? DEFAULT_MODE,
  });
  if (configMap) return only({ configMap }, configMap.defaultMode);
  if (secret) {
    return only({ secret: { ...secret, name: secret.secretName ?? '' } }, secret.defaultMode);
  }
  if (downwardAPI) return only({ downwardAPI }, downwardAPI.defaultMode);
  return { sources: projected?.sources ?? [], mode: projected?.defaultMode ?? DEFAULT_MODE };
}

/** The tokens that a volume shows, to be fetched before its files can be made. */
export const tokensOf = (volume: Volume): TokenWanted[] =>
  (volume.projected?.sources ?? []).flatMap(({ serviceAccountToken: token }) =>
    token ? [wantedToken(token)] : [],
  );

const wantedToken = ({
  audience = '',
  expirationSeconds = TOKEN_SECONDS,
}: {
  audience?: string;
  expirationSeconds?: number;
}): TokenWanted => ({ audience, expirationSeconds });

/** The files that a volume shows now. Throws PodConfigError when something isn't there. */
export function projectedFiles(volume: Volume, input: ProjectionInput): Map<string, ProjectedFile> {
  const { sources, mode } = sourcesOf(volume);
  const files = new Map<string, ProjectedFile>();
  for (const source of sources) addSource(files, source, mode, input);
  return files;
}

function addSource(
  files: Map<string, ProjectedFile>,
  source: VolumeProjection,
  mode: number,
  input: ProjectionInput,
): void {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  const { references, pod } = input;
  const namespace = pod.metadata.namespace ?? '';
  if (configMap) {
    const { name = '', optional, items } = configMap;
    const found = references.configMap(name);
    if (!found && !optional) throw new PodConfigError(`configmap "${name}" not found`);
    addKeys(
      files,
      configMapData(found),
      { items, optional, mode },
      (key) => `configmap references non-existent config key: ${key}`,
    );
  } else if (secret) {
    const { name = '', optional, items } = secret;
    const found = references.secret(name);
    if (!found && !optional) throw new PodConfigError(`secret "${name}" not found`);
    addKeys(
      files,
      secretData(found),
      { items, optional, mode },
      (key) => `references non-existent secret key: ${key}`,
    );
  } else if (downwardAPI) {
    for (const item of downwardAPI.items ?? []) addDownward(files, item, mode, input);
  } else if (serviceAccountToken) {
    const { path } = serviceAccountToken;
    const content = Buffer.from(input.token(wantedToken(serviceAccountToken)));
    // Whoever else is in the container has no business with it.
    const owned = input.user !== undefined || pod.spec.securityContext?.fsGroup !== undefined;
    files.set(path, { content, mode: owned ? 0o600 : mode, uid: input.user ?? 0 });
  } else {
    throw new PodConfigError(`unsupported source of a projected volume in namespace ${namespace}`);
  }
}

type Data = ReadonlyMap<string, Uint8Array>;

function configMapData(found: ConfigMap | undefined): Data {
  const { data = {}, binaryData = {} } = found ?? {};
  return new Map([
    ...Object.entries(data).map(([key, text]) => [key, Buffer.from(text)] as const),
    ...Object.entries(binaryData).map(([k, v]) => [k, Buffer.from(v, 'base64')] as const),
  ]);
}

const secretData = (found: Secret | undefined): Data =>
  new Map(Object.entries(found?.data ?? {}).map(([k, v]) => [k, Buffer.from(v, 'base64')]));

function addKeys(
  files: Map<string, ProjectedFile>,
  data: Data,
  rules: { items?: readonly KeyToPath[]; optional?: boolean; mode: number },
  missing: (key: string) => string,
): void {
  const { items, optional, mode } = rules;
  const all: readonly KeyToPath[] = items ?? Array.from(data.keys(), (key) => ({ key, path: key }));
  for (const { key, path, mode: own } of all) {
    const content = data.get(key);
    if (content) files.set(path, { content, mode: own ?? mode });
    else if (!optional) throw new PodConfigError(missing(key));
  }
}

function addDownward(
  files: Map<string, ProjectedFile>,
  { path, fieldRef, resourceFieldRef, mode: own }: DownwardAPIVolumeFile,
  mode: number,
  input: ProjectionInput,
): void {
  const text = fieldRef
    ? fieldValue(fieldRef, input)
    : resourceFieldRef
      ? resourceValue(resourceFieldRef, undefined, input)
      : '';
  files.set(path, { content: Buffer.from(text), mode: own ?? mode });
}
