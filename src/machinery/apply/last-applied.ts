import { sortKeys } from '../equal.ts';
import { parseJson } from '../json-text.ts';
import { isMap } from '../member.ts';
import { toJson } from '../quote.ts';
import { compare } from './compare.ts';
import { difference, type FieldSet } from './field-set.ts';
import { fieldsOfConfiguration } from './fields-of.ts';
import { type Fields, fieldsOf } from './kind-of.ts';
import type { ManagedResource } from './resource.ts';
import { TypedValueError } from './step.ts';
import { typeErrors } from './validate.ts';

/** Where kubectl's client-side apply keeps what it applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const ANNOTATIONS_MAX_BYTES = 256 * 1024;

function lastAppliedOf(object: object): string | undefined {
  const annotations = fieldsOf(fieldsOf((object as Fields).metadata).annotations);
  const value = annotations[LAST_APPLIED];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseObject(text: string): Fields | undefined {
  try {
    const { value } = parseJson(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What kubectl may take over on its first server-side apply: the fields that its client-side apply
 * set, and that still have the value it gave them.
 */
export function allowedConflicts({ type, apiVersion }: ManagedResource, live: object): FieldSet {
  const text = lastAppliedOf(live);
  const applied = text === undefined ? undefined : parseObject(text);
  if (applied?.apiVersion !== apiVersion) return undefined;
  try {
    if (typeErrors(type, applied) !== undefined) return undefined;
    const { changed, removed } = compare(type, applied, live);
    return difference(difference(fieldsOfConfiguration(type, applied), changed), removed);
  } catch (error) {
    if (error instanceof TypedValueError) return undefined;
    throw error;
  }
}

/**
 * The applied object with its annotation up to date, if it has one, so that kubectl's client-side
 * apply goes on to work.
 */
export function withLastApplied(object: object, configuration: object): object {
  if (lastAppliedOf(object) === undefined) return object;
  const { metadata } = object as { metadata: Fields };
  const annotations = { ...(metadata.annotations as Record<string, string>) };
  annotations[LAST_APPLIED] = `${toJson(sortKeys(withoutLastApplied(configuration)))}\n`;
  if (bytesOf(annotations) > ANNOTATIONS_MAX_BYTES) delete annotations[LAST_APPLIED];
  return { ...object, metadata: { ...metadata, annotations } };
}

function withoutLastApplied(configuration: object): object {
  const { metadata } = configuration as { metadata?: unknown };
  if (!isMap(metadata) || !isMap(metadata.annotations)) return configuration;
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations;
  return { ...configuration, metadata: { ...metadata, annotations } };
}

const bytesOf = (annotations: Readonly<Record<string, string>>): number =>
  Object.entries(annotations).reduce(
    (bytes, [key, value]) => bytes + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
