type Fields = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object: neither null nor a list. */
export const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of plain data; undefined for what only its prototype has, such as `constructor`. */
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
