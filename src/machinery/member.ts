type Fields = Readonly<Record<string, unknown>>;

/** A member of plain data; undefined for what only its prototype has. */
export const memberOf = (object: Fields, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** Sets a member of plain data, whatever its name: `__proto__` is a key like any other in JSON. */
export function setMember(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else {
    const descriptor = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, key, descriptor);
  }
}
