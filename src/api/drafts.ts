/**
 * A part of a draft that is always there: made now, when the client left it out or sent null.
 * Decoding fills such parts of whole objects; objects made in this process come as they are.
 */
export function part<T, K extends keyof T>(draft: T, key: K): NonNullable<T[K]> {
  draft[key] ??= {} as T[K];
  return draft[key] as NonNullable<T[K]>;
}
