import { shapeOf, shapes } from '../../api/shapes.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { decodeJson, readTypeMeta, type TypeMeta } from '../../machinery/json-codec.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { apiVersionOf, parseApiVersion } from '../../machinery/resource.ts';
import { badRequest } from '../../machinery/status.ts';
import { type Call, fieldValidationOf } from '../call.ts';
import {
  noConversion,
  notRegistered,
  unfit,
  unrecognized,
  warningLines,
} from '../registry/decode.ts';

/** A kind that a subresource speaks. */
interface Spoken {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/**
 * The request's body as an object of the kind that a subresource speaks: all of its parts are of
 * the types that they are declared with. Throws BadRequest for what can't be one, or means another
 * namespace.
 */
export function bodyOf<T extends KubeObject>(call: Call, spoken: Spoken): Partial<T> {
  const { request, warnings } = call;
  const { body, duplicates, strictError } = request;
  if (body === undefined || body === null) return {};
  const type = typeOf(spoken, body);
  const { object, strictErrors } = decoded(spoken, type, () =>
    decodeJson(shapeOf(spoken), body, duplicates),
  );
  const found = strictError ? [strictError, ...strictErrors] : strictErrors;
  const directive = fieldValidationOf(call);
  if (found.length > 0 && directive === 'Strict') {
    throw unfit(spoken, type, `strict decoding error: ${found.join(', ')}`);
  }
  if (directive === 'Warn') warnings.push(...found.flatMap(warningLines));
  const { namespace } = (object.metadata ?? {}) as { namespace?: string };
  if (namespace && namespace !== request.namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  return object as Partial<T>;
}

/** What a body says it is; what it doesn't say, it is as spoken. Throws BadRequest. */
export function typeOf(spoken: Spoken, body: unknown): TypeMeta {
  try {
    const { kind, apiVersion } = readTypeMeta(body);
    return { kind: kind || spoken.kind, apiVersion: apiVersion || apiVersionOf(spoken) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unrecognized(spoken, error.message, JSON.stringify(body));
  }
}

/** Other versions of the kind will do: of what is spoken here they are all alike. */
function decoded<R>(spoken: Spoken, type: TypeMeta, decode: () => R): R {
  const { group, version } = parseApiVersion(type.apiVersion);
  try {
    if (type.kind !== spoken.kind || group !== spoken.group) {
      const isKnown = shapes.ofKind({ group, version, kind: type.kind }) !== undefined;
      throw new DecodeError(isKnown ? noConversion(spoken, type) : notRegistered(type));
    }
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unfit(spoken, type, error.message);
  }
}
