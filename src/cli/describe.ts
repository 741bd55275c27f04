import type { Event, Pod } from '../api/generated/core/v1/types.ts';
import { humanDuration } from '../api/human-duration.ts';
import { shapes } from '../api/shapes.ts';
import { parseTime } from '../base/clock.ts';
import type { KubeObject } from '../machinery/object.ts';
import { parseApiVersion } from '../machinery/resource.ts';
import { type FieldShape, isMessage, type MessageShape } from '../machinery/shape.ts';
import { formatTable } from './table.ts';
import { terminalText } from './terminal-text.ts';

/** What stands in the heading, or says nothing to a person. */
const HIDDEN = ['apiVersion', 'kind', 'metadata'];
const HIDDEN_ANNOTATIONS = ['kubectl.kubernetes.io/last-applied-configuration'];

/**
 * An object as text for people: all that it says, tables for lists of alike things, then what
 * is `related` to it, then events.
 */
export function describeObject(
  object: KubeObject,
  events: readonly Event[],
  { now, related = [] }: { readonly now: number; readonly related?: readonly string[] },
): string[] {
  const { name, namespace, labels, annotations, creationTimestamp, ...metadata } = object.metadata;
  const shown = Object.entries(annotations ?? {}).filter(
    ([key]) => !HIDDEN_ANNOTATIONS.includes(key),
  );
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  const age = humanDuration(now - (parseTime(creationTimestamp) ?? now));
  const heading: Record<string, unknown> = {
    name,
    ...(namespace && { namespace }),
    kind: `${object.kind} (${object.apiVersion})`,
    ...(labels && { labels: pairs(labels) }),
    ...(shown.length > 0 && { annotations: pairs(Object.fromEntries(shown)) }),
    created: `${creationTimestamp} (${age} ago)`,
    ...(owner && { 'controlled by': `${owner.kind}/${owner.name}` }),
    ...(metadata.deletionTimestamp && { deleting: `since ${metadata.deletionTimestamp}` }),
    ...(metadata.finalizers && { finalizers: metadata.finalizers.join(', ') }),
  };
  const body = Object.entries(withTokenInShort(withoutSecrets(object))).filter(
    ([key]) => !HIDDEN.includes(key),
  );
  const shape = shapes.ofKind({ ...parseApiVersion(object.apiVersion), kind: object.kind });
  const text = lines({ ...heading, ...Object.fromEntries(body) }, 0, keysOf(shape));
  return [...[...text, ...related].map(terminalText), ...describeEvents(events, now)];
}

/** Secrets are to be had with `get -o yaml`, not over somebody's shoulder. */
function withoutSecrets(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
  const { data = {} } = object as KubeObject & { data?: Record<string, string> };
  const sizes = Object.entries(data).map(([key, value]) => [
    key,
    `${Buffer.from(value, 'base64').length} bytes`,
  ]);
  return { ...object, data: Object.fromEntries(sizes) } as KubeObject;
}

/** Every pod has this volume, made alike by admission: its parts tell nobody anything. */
const TOKEN_VOLUME = /^kube-api-access-\w+$/;
const TOKEN_CONTENT = "the account's token, the API server's certificate, the namespace";

function withTokenInShort(object: KubeObject): object {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return object;
  const { spec } = object as Pod;
  if (!spec?.volumes) return object;
  const volumes = spec.volumes.map((volume) =>
    volume.projected && TOKEN_VOLUME.test(volume.name)
      ? { name: volume.name, projected: TOKEN_CONTENT }
      : volume,
  );
  return { ...object, spec: { ...spec, volumes } };
}

const pairs = (map: Readonly<Record<string, string>>): string[] =>
  Object.entries(map).map(([key, value]) => `${key}=${value}`);

const isStructure = (value: unknown): value is object =>
  typeof value === 'object' && value !== null;

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (isStructure(value) && Object.keys(value).length === 0);

/** `replicas`, `Ready`, `terminationGracePeriodSeconds` as words: `Termination Grace Period Seconds`. */
const title = (key: string): string => {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** What keys of a structure are: names of fields, by its shape if there is one, or a map's data. */
interface Keys {
  readonly isMap: boolean;
  readonly shape: MessageShape | undefined;
}

const keysOf = (shape: MessageShape | undefined): Keys => ({ isMap: false, shape });

/** What the keys in the value of a field are; of one that has no shape it isn't known. */
function keysIn({ isMap, shape }: Keys, key: string): Keys {
  if (isMap) return keysOf(shape);
  const field: FieldShape | undefined = shape?.fieldsByName.get(key);
  const type = field && isMessage(field.type) ? field.type : undefined;
  return { isMap: field?.container === 'map', shape: type };
}

/** Only names of fields get a title: the keys of a map are what somebody wrote. */
const labelOf = (key: string, { isMap }: Keys): string =>
  isMap || /[^A-Za-z0-9 ]/.test(key) ? key : title(key);

function lines(fields: object, indent: number, keys: Keys): string[] {
  const given = Object.entries(fields).filter(([, value]) => !isEmpty(value));
  const width = Math.max(
    0,
    ...given.filter(([, value]) => isInline(value)).map(([key]) => labelOf(key, keys).length),
  );
  const margin = ' '.repeat(indent);
  return given.flatMap(([key, value]) => {
    if (isInline(value))
      return [`${margin}${`${labelOf(key, keys)}:`.padEnd(width + 2)} ${inline(value)}`];
    return [`${margin}${labelOf(key, keys)}:`, ...block(value, indent + 2, keysIn(keys, key))];
  });
}

const isInline = (value: unknown): boolean => {
  if (isStructure(value)) {
    return (
      Array.isArray(value) && value.length === 1 && isInline(value[0]) && !isStructure(value[0])
    );
  }
  return !String(value).trimEnd().includes('\n');
};

const inline = (value: unknown): string =>
  Array.isArray(value) ? String(value[0]) : String(value).trimEnd();

function block(value: unknown, indent: number, keys: Keys): string[] {
  const margin = ' '.repeat(indent);
  if (!isStructure(value)) {
    const text = String(value).trimEnd();
    return text.split('\n').map((line) => (margin + line).trimEnd());
  }
  if (!Array.isArray(value)) return lines(value, indent, keys);
  if (value.every((each) => !isStructure(each)))
    return value.flatMap((each) => block(each, indent, keys));
  const rows = value as readonly Record<string, unknown>[];
  if (rows.every(isFlat)) return flatTable(rows).map((line) => margin + line);
  return rows.flatMap((row) => {
    const { name, ...rest } = row;
    return name === undefined
      ? [`${margin}-`, ...lines(row, indent + 2, keys)]
      : [`${margin}${name}:`, ...lines(rest, indent + 2, keys)];
  });
}

const isFlat = (row: Record<string, unknown>): boolean =>
  isStructure(row) && Object.values(row).every((value) => !isStructure(value));

function flatTable(rows: readonly Record<string, unknown>[]): string[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((key) => String(row[key] ?? '')));
  return formatTable(
    columns.map((key) => title(key).toUpperCase()),
    cells,
  );
}

function describeEvents(events: readonly Event[], now: number): string[] {
  if (events.length === 0) return ['Events:  none'];
  const rows = events.map(({ type, reason, message, count, lastTimestamp, metadata, source }) => {
    const seen = parseTime(lastTimestamp ?? metadata.creationTimestamp) ?? now;
    const times = (count ?? 1) > 1 ? ` (x${count})` : '';
    const age = humanDuration(now - seen) + times;
    return [type ?? '', reason ?? '', age, source?.component ?? '', (message ?? '').trim()];
  });
  const table = formatTable(['TYPE', 'REASON', 'AGE', 'FROM', 'MESSAGE'], rows);
  return ['Events:', ...table.map((line) => `  ${line}`)];
}
