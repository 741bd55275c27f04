import type { CustomForm } from '../../api/custom-form.ts';
import { applyTypeOfSchema, type SchemaNode } from '../../machinery/apply/schema-type.ts';
import type { ApplyType } from '../../machinery/apply/type.ts';
import type { Versions } from '../../machinery/apply/versions.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { isEqual } from '../../machinery/equal.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { type Decoded, decodeJson, duplicateFields } from '../../machinery/json-codec.ts';
import type { Duplicates } from '../../machinery/json-text.ts';
import { isMap } from '../../machinery/member.ts';
import { deepFreeze, draftOf, type KubeObject } from '../../machinery/object.ts';
import { setSchemaDefaults } from '../../machinery/structural/defaults.ts';
import { coerceEmbedded, type MetaReader } from '../../machinery/structural/embedded.ts';
import { pruneNulls, pruneUnknown } from '../../machinery/structural/prune.ts';
import type { JsonSchema } from '../../machinery/structural/schema.ts';
import { metaShape, metaType } from './shape.ts';

interface Version {
  readonly schema: JsonSchema;
  /** Nothing is pruned: the definition is from before schemas had to be whole. */
  readonly keepsUnknown: boolean;
}

/** How objects of a kind are read in one version. */
export class SchemaForm implements CustomForm {
  readonly schema: JsonSchema;
  readonly versions: Versions;
  readonly #keepsUnknown: boolean;
  #applyType: ApplyType | undefined;

  constructor({ schema, keepsUnknown }: Version, versions: Versions) {
    this.schema = schema;
    this.versions = versions;
    this.#keepsUnknown = keepsUnknown;
  }

  get applyType(): ApplyType {
    const schema = this.#keepsUnknown ? KEEPS_UNKNOWN : this.schema;
    this.#applyType ??= applyTypeOfSchema(schema as SchemaNode, metaType);
    return this.#applyType;
  }

  decode(value: unknown, duplicates?: Duplicates): Decoded {
    if (!isMap(value ?? {})) throw new DecodeError('expected an object');
    const source = (value ?? {}) as Readonly<Record<string, unknown>>;
    const strictErrors = duplicates ? [...duplicateFields(value, duplicates)] : [];
    const { kind, apiVersion, metadata, ...others } = draftOf(source);
    const meta = readMeta(metadata);
    strictErrors.push(...meta.unknown.map((name) => unknownField(`metadata.${name}`)));
    const object: Record<string, unknown> = {
      ...(kind !== undefined && { kind }),
      ...(apiVersion !== undefined && { apiVersion }),
      metadata: meta.object,
      ...others,
    };
    strictErrors.push(...this.#complete(object).map(unknownField));
    return { object, strictErrors };
  }

  /** A stored object as it reads today: the schema may have changed since. */
  read(stored: KubeObject): KubeObject {
    const draft = draftOf(stored) as unknown as Record<string, unknown>;
    try {
      this.#complete(draft);
    } catch {
      return stored; // It was written when another schema held.
    }
    return isEqual(draft, stored) ? stored : deepFreeze(draft as unknown as KubeObject);
  }

  /** An object of another version as it is in this one: without what this one doesn't know. */
  converted(object: KubeObject): KubeObject {
    const draft = draftOf(object) as unknown as Record<string, unknown>;
    try {
      this.#prune(draft);
    } catch {
      return object; // As above.
    }
    return draft as unknown as KubeObject;
  }

  /** Fills in defaults and drops what isn't known, of which the paths are answered. */
  #complete(object: Record<string, unknown>): readonly string[] {
    setSchemaDefaults(object, this.schema);
    return this.#prune(object);
  }

  #prune(object: Record<string, unknown>): readonly string[] {
    const unknown = this.#keepsUnknown ? [] : [...pruneUnknown(object, this.schema)];
    if (!this.#keepsUnknown) pruneNulls(object, this.schema);
    const embedded = coerceEmbedded(object, this.schema, FieldPath.root, readMeta);
    if (embedded.error) {
      throw new DecodeError(`${embedded.error.field}: ${embedded.error.message}`);
    }
    return [...unknown, ...embedded.unknown];
  }
}

const KEEPS_UNKNOWN: JsonSchema = { 'x-kubernetes-preserve-unknown-fields': true };

const unknownField = (path: string): string => `unknown field ${JSON.stringify(path)}`;

const readMeta: MetaReader = (value) => {
  const { object, strictErrors } = decodeJson(metaShape, value ?? {});
  if (object.creationTimestamp === null) delete object.creationTimestamp;
  return { object, unknown: strictErrors.map((text) => /"(.*)"/.exec(text)?.[1] ?? text) };
};
