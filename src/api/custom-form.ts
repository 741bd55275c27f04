import type { ApplyType } from '../machinery/apply/type.ts';
import type { Versions } from '../machinery/apply/versions.ts';
import type { Decoded } from '../machinery/json-codec.ts';
import type { Duplicates } from '../machinery/json-text.ts';
import type { JsonSchema } from '../machinery/structural/schema.ts';

/**
 * How objects of a kind are read whose fields no shape tells: custom resources, by the schema of
 * their definition. What is said here takes the place of what follows from a shape.
 */
export interface CustomForm {
  readonly schema: JsonSchema;
  /**
   * Plain data as an object of the kind, filled in, without what the schema doesn't know. Throws
   * DecodeError.
   */
  decode(value: unknown, duplicates?: Duplicates): Decoded;
  /** How server-side apply sees the kind, in this version and the others. */
  readonly applyType: ApplyType;
  readonly versions: Versions;
}
