import { printPlain, printType } from '../../print.ts';
import { badRequest, StatusError } from '../../status.ts';

// The words and codes of Kubernetes: some faults of a patch are the client's, for most there is no
// code but 500.

const fault = (message: string): StatusError => new StatusError('', message);

export const badPrimitiveList = (): StatusError =>
  badRequest('invalid patch format of primitive list');

export const badRetainKeys = (): StatusError => badRequest('invalid patch format of retainKeys');

export const badElementOrder = (): StatusError =>
  badRequest('invalid patch format of setElementOrder list');

/** A 422 that says nothing, which is what Kubernetes makes of patches that can't be applied. */
export const unprocessable = (): StatusError =>
  new StatusError('Invalid', 'the server rejected our request due to an error in our request', {});

export const noMergeKey = (element: unknown, key: string): StatusError =>
  fault(`map: ${printPlain(element)} does not contain declared merge key: ${key}`);

export const wrongType = (expected: unknown, actual: unknown): StatusError =>
  fault(`expected a ${printType(expected)}, but received a ${printType(actual)}`);

export const unknownDirective = (directive: unknown, map: unknown): StatusError => {
  const shown =
    typeof directive === 'string'
      ? directive
      : `%!s(${printType(directive)}=${printPlain(directive)})`;
  return fault(`unknown patch type: ${shown} in map: ${printPlain(map)}`);
};

export const orderMismatch = (patch: unknown, order: unknown): StatusError =>
  fault(
    `The order in patch list:\n${printPlain(patch)}\n doesn't match $setElementOrder list:\n${printPlain(order)}\n`,
  );

export const notAMap = (index: number): StatusError => fault(`value for key ${index} is not a map`);

export const mixedElements = (...lists: readonly unknown[]): StatusError =>
  fault(`list element types are not identical: ${printPlain(lists)}`);

export const noElements = (): StatusError => fault('no elements in any of the given slices');

export const listWithoutKey = (kind: string): StatusError =>
  fault(`cannot merge lists without merge key for ${kind}`);

export const cannotMergeElement = (): StatusError =>
  fault('merging lists cannot yet be specified in the patch');

export const notAStruct = (kind: string): StatusError =>
  fault(`merging an object in json but data type is not struct, instead is: ${kind}`);

export const unknownField = (struct: string, name: string): StatusError =>
  fault(`unable to find api field in struct ${struct} for the json field ${JSON.stringify(name)}`);

export const notAList = (kind: string): StatusError =>
  fault(`expected slice or array type, but got: ${kind}`);
