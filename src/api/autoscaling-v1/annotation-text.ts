import { DecodeError } from '../../machinery/decode-error.ts';
import { decodeJson } from '../../machinery/json-codec.ts';
import type { MessageShape } from '../../machinery/shape.ts';

/** The value in an annotation's text, if it is JSON. */
export function valueFrom(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What anybody wrote, as a message of this shape; undefined when a part of it isn't of its type. */
export function decoded(
  shape: MessageShape,
  value: unknown,
): Readonly<Record<string, unknown>> | undefined {
  try {
    return decodeJson(shape, value).object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

/** The shape of a message, or of the elements of a list, that is so deep in another. */
export const shapeWithin = (shape: MessageShape, ...names: readonly string[]): MessageShape =>
  names.reduce((found, name) => found.fieldsByName.get(name)!.type as MessageShape, shape);
