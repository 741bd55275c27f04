import type { IncomingMessage } from 'node:http';
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

/** What objects come in, the wanted first where a client takes all. */
export const MEDIA_TYPES: readonly string[] = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE];

/** What watches come in. */
export const STREAM_TYPES: readonly string[] = [
  `${JSON_TYPE};stream=watch`,
  `${PROTOBUF_TYPE};stream=watch`,
];

/** What lists come in: they may become watches. */
export const LIST_TYPES: readonly string[] = [...MEDIA_TYPES, ...STREAM_TYPES];

/** What logs come in, and what is said of those that aren't there. */
export const LOG_TYPES: readonly string[] = ['text/plain', ...MEDIA_TYPES];

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  [JSON_TYPE, 'json'],
  [YAML_TYPE, 'yaml'],
  [PROTOBUF_TYPE, 'protobuf'],
]);

/** What can be had at an endpoint, beside JSON and YAML of what there is. */
export interface Offer {
  readonly transforms: readonly Transform[];
  /** Protobuf of what there is. What an answer is turned into always comes in it, but tables. */
  readonly protobuf: boolean;
}

const PARTIALS: readonly Transform[] = ['PartialObjectMetadata', 'PartialObjectMetadataList'];
const TRANSFORMS: readonly Transform[] = ['Table', ...PARTIALS];

/** Objects of built-in kinds. */
export const OBJECTS: Offer = { transforms: TRANSFORMS, protobuf: true };
/** Objects that are told by a schema, of which there is no protobuf. */
export const CUSTOM_OBJECTS: Offer = { transforms: TRANSFORMS, protobuf: false };
/** What there is as the beginning of a watch: how it ends can't be told in tables. */
export const INITIAL_EVENTS: Offer = { transforms: PARTIALS, protobuf: true };
/** The same of objects that are told by a schema. */
export const CUSTOM_INITIAL_EVENTS: Offer = { transforms: PARTIALS, protobuf: false };
/** What is no object: errors and discovery. */
export const DOCUMENTS: Offer = { transforms: [], protobuf: true };

const DEFAULT: Accepted = {
  encoding: 'json',
  transform: undefined,
  metaVersion: 'v1',
  isPretty: false,
  isStream: false,
};

// Clients send few different headers, each many times. Others may send long ones.
const CACHE_MAX = 100;
const caches = new WeakMap<Offer, Map<string, Accepted | undefined>>();

/** What of an offer an Accept header wants most; undefined when it wants nothing of it. */
export function wanted(accept: string | undefined, offer: Offer): Accepted | undefined {
  if (!accept) return DEFAULT;
  let cache = caches.get(offer);
  if (cache === undefined || cache.size >= CACHE_MAX) {
    cache = new Map();
    caches.set(offer, cache);
  }
  let accepted = cache.get(accept);
  if (accepted === undefined && !cache.has(accept)) {
    accepted = choose(accept, offer);
    cache.set(accept, accepted);
  }
  return accepted;
}

/** As `wanted`; throws NotAcceptable when there is nothing. */
export function negotiate(accept: string | undefined, offer: Offer): Accepted {
  const accepted = wanted(accept, offer);
  if (accepted === undefined) throw notAcceptable();
  return accepted;
}

function choose(accept: string, offer: Offer): Accepted | undefined {
  for (const clause of clausesOf(accept)) {
    for (const [mediaType, encoding] of ENCODINGS) {
      if (!matches(clause, mediaType)) continue;
      const accepted = acceptedOf(clause, encoding, offer);
      if (accepted !== undefined) return accepted;
    }
  }
  return undefined;
}

/** One media range of an Accept header. */
export interface Clause {
  /** With a `*` for what may be anything. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** Whether a media range takes a media type. */
export const matches = ({ type }: Clause, mediaType: string): boolean =>
  type === mediaType ||
  type === '*/*' ||
  (type.endsWith('/*') && mediaType.startsWith(type.slice(0, -1)));

/** The media ranges of an Accept header, the wanted before the less wanted. */
export function clausesOf(accept: string): Clause[] {
  const clauses: Clause[] = [];
  for (const text of accept.split(',')) {
    const clause = clauseOf(text);
    if (clause === undefined) continue;
    // The order is no total one, so it matters how it is sorted: as the API server of Kubernetes does.
    let at = clauses.length;
    while (at > 0 && isBefore(clause, clauses[at - 1]!)) at--;
    clauses.splice(at, 0, clause);
  }
  return clauses;
}

function clauseOf(text: string): Clause | undefined {
  const [range = '', ...rest] = text.split(';');
  const [type = '', subtype, ...more] = range.split('/').map((part) => part.trim());
  if (more.length > 0 || (!subtype && type !== '*')) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const [name = '', value = '', ...others] = part.split('=');
    if (value !== '' && others.length === 0) parameters.set(name.trim(), value.trim());
  }
  const quality = Number(parameters.get('q') ?? 1) || 0;
  return { type: `${type}/${subtype || '*'}`, parameters, quality };
}

function isBefore(a: Clause, b: Clause): boolean {
  if (a.quality > b.quality) return true;
  if (!a.type.startsWith('*/') && b.type.startsWith('*/')) return true;
  return !a.type.endsWith('/*') && b.type.endsWith('/*');
}

const STREAM = 'watch';
/** The version of the API's own kinds that clients may ask for: there is no other. */
const SERVER_VERSION = 'v1';

function acceptedOf(
  { parameters }: Clause,
  encoding: Encoding,
  { transforms, protobuf }: Offer,
): Accepted | undefined {
  const stream = parameters.get('stream');
  if (stream && (stream !== STREAM || encoding === 'yaml')) return undefined;
  const serverVersion = parameters.get('sv');
  if (serverVersion && (transforms.length === 0 || serverVersion !== SERVER_VERSION)) {
    return undefined;
  }
  const shared = { encoding, isPretty: parameters.get('pretty') === '1', isStream: !!stream };
  if (!['as', 'g', 'v'].some((name) => parameters.has(name))) {
    return encoding === 'protobuf' && !protobuf ? undefined : { ...DEFAULT, ...shared };
  }
  const transform = transforms.find((each) => each === parameters.get('as'));
  const metaVersion = parameters.get('v');
  if (parameters.get('g') !== 'meta.k8s.io' || !isMetaVersion(metaVersion)) return undefined;
  if (transform === undefined || (transform === 'Table' && encoding === 'protobuf')) {
    return undefined;
  }
  return { ...shared, transform, metaVersion };
}

const isMetaVersion = (text: string | undefined): text is 'v1' | 'v1beta1' =>
  text === 'v1' || text === 'v1beta1';

/** The answer to a client that wants what can't be given. */
export const notAcceptable = (types: readonly string[] = MEDIA_TYPES): StatusError =>
  new StatusError(
    'NotAcceptable',
    `only the following media types are accepted: ${types.join(', ')}`,
  );

/**
 * Throws unless a client takes one of the media types that a path has. Whatever they are asked to be
 * turned into isn't looked at here. Requests whose body is missing are refused for that.
 */
export function checkProduced(
  { method = '', headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  types: readonly string[],
): void {
  const { accept } = headers;
  if (!accept || types.includes(accept) || takes(accept, types)) return;
  const available = `Available representations: ${types.join(', ')}`;
  const isEmpty = WITH_BODY.has(method) && Number(headers['content-length'] ?? 0) === 0;
  if (!isEmpty) {
    throw new StatusError('NotAcceptable', `406: Not Acceptable\n\n${available}`, {});
  }
  const message = `415: Unsupported Media Type\n\n${available}`;
  throw new StatusError('UnsupportedMediaType', message, {});
}

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

const takes = (accept: string, types: readonly string[]): boolean =>
  accept.split(',').some((clause) => {
    const type = clause.split(';', 1)[0]!.trim();
    return type === '*/*' || types.includes(type);
  });
