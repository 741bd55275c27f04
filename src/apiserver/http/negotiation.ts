import { StatusError } from '../../machinery/status.ts';

/** The encodings spoken. */
export type Encoding = 'json' | 'yaml' | 'protobuf';

/** Into which other kind an answer is turned: `as` of the media type. */
export type Transform = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

/** What the client wants to be answered in. */
export interface Accepted {
  readonly encoding: Encoding;
  readonly transform: Transform | undefined;
  /** The version of `meta.k8s.io` that the transform is of. */
  readonly metaVersion: 'v1' | 'v1beta1';
  readonly isPretty: boolean;
  /** `stream=watch`: the client says that it takes a stream of frames. */
  readonly isStream: boolean;
}

export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  [JSON_TYPE]: 'json',
  [YAML_TYPE]: 'yaml',
  [PROTOBUF_TYPE]: 'protobuf',
};

const DEFAULT: Accepted = {
  encoding: 'json',
  transform: undefined,
  metaVersion: 'v1',
  isPretty: false,
  isStream: false,
};

// Clients send few different headers, each many times.
const CACHE_MAX = 500;
const cache = new Map<string, Accepted | undefined>();

/**
 * Chooses from an Accept header the first thing that can be given. Throws NotAcceptable when there
 * is none.
 */
export function negotiate(accept: string | undefined): Accepted {
  if (!accept) return DEFAULT;
  let accepted = cache.get(accept);
  if (accepted === undefined) {
    accepted = choose(accept);
    if (accepted === undefined) throw notAcceptable();
    if (cache.size >= CACHE_MAX) cache.clear();
    cache.set(accept, accepted);
  }
  return accepted;
}

/** As `negotiate`, for objects that don't come in protobuf. Lists of their metadata do. */
export function negotiatePlain(accept: string | undefined): Accepted {
  const accepted = negotiate(accept);
  if (accepted.encoding !== 'protobuf' || accepted.transform !== undefined) return accepted;
  for (const clause of clausesOf(accept ?? '')) {
    const other = acceptedOf(clause);
    const isPlain = other?.encoding !== 'protobuf' || other.transform !== undefined;
    if (other !== undefined && isPlain) return other;
  }
  throw new StatusError('NotAcceptable', PLAIN_ONLY);
}

const PLAIN_ONLY =
  'only the following media types are accepted: application/json, application/yaml, application/json;stream=watch';

function choose(accept: string): Accepted | undefined {
  for (const clause of clausesOf(accept)) {
    const accepted = acceptedOf(clause);
    if (accepted !== undefined) return accepted;
  }
  return undefined;
}

/** One media range of an Accept header. */
export interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** The media ranges of an Accept header, the wanted before the less wanted. */
export function clausesOf(accept: string): Clause[] {
  const clauses = accept.split(',').map((text): Clause => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim());
    const parameters = new Map(rest.map((part) => part.split('=', 2) as [string, string]));
    return { type, parameters, quality: Number(parameters.get('q') ?? 1) };
  });
  return clauses.filter(({ type }) => type !== '').sort((a, b) => b.quality - a.quality);
}

function acceptedOf({ type, parameters }: Clause): Accepted | undefined {
  const encoding = type === '*/*' ? 'json' : encodingOf(type);
  if (encoding === undefined) return undefined;
  const as = parameters.get('as');
  const isPretty = parameters.get('pretty') === '1';
  const isStream = parameters.get('stream') === 'watch';
  if (as === undefined) return { ...DEFAULT, encoding, isPretty, isStream };
  const version = parameters.get('v');
  if (parameters.get('g') !== 'meta.k8s.io' || !isMetaVersion(version)) return undefined;
  if (!isTransform(as) || (as === 'Table' && encoding === 'protobuf')) return undefined;
  return { encoding, transform: as, metaVersion: version, isPretty, isStream };
}

const encodingOf = (type: string) => (Object.hasOwn(ENCODINGS, type) ? ENCODINGS[type] : undefined);

const isMetaVersion = (text: string | undefined): text is 'v1' | 'v1beta1' =>
  text === 'v1' || text === 'v1beta1';

const isTransform = (text: string): text is Transform =>
  text === 'Table' || text === 'PartialObjectMetadata' || text === 'PartialObjectMetadataList';

/** The answer to a client that wants what can't be given. */
export const notAcceptable = (): StatusError =>
  new StatusError(
    'NotAcceptable',
    '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    {},
  );
