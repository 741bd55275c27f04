import { isEqual } from '../equal.ts';
import { memberOf, setMember } from '../member.ts';
import { draftOf } from '../object.ts';
import { quote } from '../quote.ts';
import type { JsonPatchOperation } from './json-patch-parser.ts';

/** Why a patch doesn't apply. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
}

/** Bytes that all copies of a patch may add to the document. */
const COPIES_MAX_BYTES = 3 * 1024 * 1024;

/**
 * Applies a JSON patch (RFC 6902) as Kubernetes does, which is not always as the RFC says: paths
 * count from their first slash, negative places count from the end, and replacing a member that
 * isn't there adds it. Throws JsonPatchError, in which case nothing applies. The document isn't
 * changed; the result shares what stays.
 */
export function applyJsonPatch(
  document: unknown,
  operations: readonly JsonPatchOperation[],
): unknown {
  const patched = new PatchedDocument(document);
  for (const operation of operations) patched.apply(operation);
  return patched.root;
}

type Container = Record<string, unknown> | unknown[];

/** Where an operation reads or writes: a key of a container. */
interface Place {
  readonly container: Container;
  readonly key: string;
}

class PatchedDocument {
  root: unknown;
  // Containers made here. Others belong to somebody else and are copied before they are changed.
  readonly #own = new Set<object>();
  #copiedBytes = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  apply(operation: JsonPatchOperation): void {
    switch (operation.op) {
      case 'add':
        return this.#add(operation);
      case 'remove':
        return this.#remove(operation);
      case 'replace':
        return this.#replace(operation);
      case 'move':
        return this.#move(operation);
      case 'copy':
        return this.#copy(operation);
      case 'test':
        return this.#test(operation);
      default:
        throw new JsonPatchError(`Unexpected kind: ${operation.op || 'unknown'}`);
    }
  }

  #add({ path, value }: JsonPatchOperation): void {
    const at = pathOf(path, 'add operation failed to decode path');
    const place = this.#writable(at);
    if (!place) throw missing(`add operation does not apply: doc is missing path: "${at}"`);
    within(`error in add for path: '${at}'`, () => add(place, value ?? null));
  }

  #remove({ path }: JsonPatchOperation): void {
    const at = pathOf(path, 'remove operation failed to decode path');
    const place = this.#writable(at);
    if (!place) throw missing(`remove operation does not apply: doc is missing path: "${at}"`);
    within(`error in remove for path: '${at}'`, () => remove(place));
  }

  #replace({ path, value }: JsonPatchOperation): void {
    const at = pathOf(
      path,
      'replace operation failed to decode path: operation missing path field',
    );
    if (at === '') {
      if (typeof value !== 'object' || value === null) {
        throw new JsonPatchError('replace operation value must be object or array');
      }
      this.root = value;
      return;
    }
    const place = this.#writable(at);
    if (!place) throw missing(`replace operation does not apply: doc is missing path: ${at}`);
    const { container, key } = place;
    if (!Array.isArray(container)) return setMember(container, key, value ?? null);
    const index = indexOf(key, container.length);
    if (index === undefined || index >= container.length) {
      throw missing(`replace operation does not apply: doc is missing key: ${at}`);
    }
    container[index] = value ?? null;
  }

  #move({ path, from }: JsonPatchOperation): void {
    const source = pathOf(
      from,
      'move operation failed to decode from: operation, missing from field',
    );
    const place = this.#writable(source);
    if (!place) throw missing(`move operation does not apply: doc is missing from path: ${source}`);
    const value = within(`error in move for path: '${place.key}'`, () => {
      const found = get(place);
      remove(place);
      return found;
    });
    const at = pathOf(path, 'move operation failed to decode path: operation missing path field');
    const target = this.#writable(at);
    if (!target) {
      throw missing(`move operation does not apply: doc is missing destination path: ${at}`);
    }
    within(`error in move for path: '${at}'`, () => add(target, value));
  }

  #copy({ path, from }: JsonPatchOperation): void {
    const source = pathOf(
      from,
      'copy operation failed to decode from: operation, missing from field',
    );
    const place = this.#find(source);
    if (!place) throw missing(`copy operation does not apply: doc is missing from path: ${source}`);
    const value = within(`error in copy for from: '${source}'`, () => get(place)) ?? null;
    const at = pathOf(path, 'copy operation failed to decode path');
    const target = this.#writable(at);
    if (!target) {
      throw missing(`copy operation does not apply: doc is missing destination path: ${at}`);
    }
    this.#copiedBytes += Buffer.byteLength(JSON.stringify(value));
    if (this.#copiedBytes > COPIES_MAX_BYTES) {
      throw new JsonPatchError(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.#copiedBytes}, exceeding the limit ${COPIES_MAX_BYTES}`,
      );
    }
    // A copy of its own: what is ours may yet be changed in place.
    within('error while adding value during copy', () => add(target, draftOf(value)));
  }

  #test({ path, value = null }: JsonPatchOperation): void {
    const at = pathOf(path, 'test operation failed to decode path: operation missing path field');
    const place = at === '' ? undefined : this.#find(at);
    if (at !== '' && !place) {
      throw missing(`test operation does not apply: is missing path: ${at}`);
    }
    const found = place ? within(`error in test for path: '${at}'`, () => get(place)) : this.root;
    if (!isEqual(found ?? null, value)) {
      throw new JsonPatchError(`testing value ${at} failed: test failed`);
    }
  }

  #find(path: string): Place | undefined {
    const steps = stepsOf(path);
    if (!steps) return undefined;
    let node = this.root;
    for (const step of steps.slice(0, -1)) {
      node = isContainer(node) ? member(node, step) : undefined;
    }
    return isContainer(node) ? { container: node, key: steps.at(-1)! } : undefined;
  }

  /** As `#find`, with every container on the way our own. */
  #writable(path: string): Place | undefined {
    if (!this.#find(path)) return undefined;
    const steps = stepsOf(path)!;
    let container = this.#owned(this.root as Container);
    this.root = container;
    for (const step of steps.slice(0, -1)) {
      const next = this.#owned(member(container, step) as Container);
      if (Array.isArray(container)) container[indexOf(step, container.length)!] = next;
      else setMember(container, step, next);
      container = next;
    }
    return { container, key: steps.at(-1)! };
  }

  #owned(container: Container): Container {
    if (this.#own.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    this.#own.add(copy);
    return copy;
  }
}

const missing = (message: string): JsonPatchError =>
  new JsonPatchError(`${message}: missing value`);

function pathOf(path: string | undefined, otherwise: string): string {
  if (path === undefined) throw missing(otherwise);
  return path;
}

function within<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    throw new JsonPatchError(`${what}: ${error.message}`);
  }
}

const isContainer = (value: unknown): value is Container =>
  typeof value === 'object' && value !== null;

/** The steps of a JSON pointer. What stands before the first slash doesn't count. */
function stepsOf(path: string): string[] | undefined {
  const steps = path.split('/').slice(1);
  return steps.length === 0 ? undefined : steps.map(unescapeStep);
}

const unescapeStep = (step: string): string =>
  step.replace(/~[01]/g, (code) => (code === '~1' ? '/' : '~'));

/** A place in a list, counted from the end when negative. Undefined for what is out of reach. */
function indexOf(key: string, length: number): number | undefined {
  if (!/^[+-]?[0-9]{1,15}$/.test(key)) return undefined;
  const index = Number(key);
  if (index >= 0) return index + 0; // Not -0.
  return index < -length ? undefined : index + length;
}

/** As `indexOf`, with the reason when there is none. */
function placeIn(key: string, length: number): number {
  const index = indexOf(key, length);
  if (index !== undefined && index < length) return index;
  if (!isInteger(key))
    throw new JsonPatchError(`strconv.Atoi: parsing ${quote(key)}: invalid syntax`);
  throw new JsonPatchError(
    `Unable to access invalid index: ${Number(key)}: invalid index referenced`,
  );
}

const isInteger = (key: string): boolean => /^[+-]?[0-9]+$/.test(key);

function member(container: Container, key: string): unknown {
  if (!Array.isArray(container)) return memberOf(container, key);
  const index = indexOf(key, container.length);
  return index === undefined ? undefined : container[index];
}

function get({ container, key }: Place): unknown {
  if (!Array.isArray(container)) return memberOf(container, key);
  return container[placeIn(key, container.length)];
}

function add({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) return setMember(container, key, value);
  if (key === '-') container.push(value);
  else if (isInteger(key)) insert(container, key, value);
  else within(`value was not a proper array index: '${key}'`, () => insert(container, key, value));
}

// One place more than there are elements: the new one may go last.
const insert = (list: unknown[], key: string, value: unknown): void => {
  list.splice(placeIn(key, list.length + 1), 0, value);
};

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(placeIn(key, container.length), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw missing(`Unable to remove nonexistent key: ${key}`);
}
