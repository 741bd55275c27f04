import { DecodeError } from './decode-error.ts';
import type { Duplicates } from './json-text.ts';

/** A field on the way down to a value, with what errors say of it. */
export interface FieldStep {
  readonly name: string;
  /** The struct that declares it: `PodSpec`. */
  readonly owner: string;
  /** The name, after those of the embedded structs that hold the field. */
  readonly errorPath: string;
}

const STRICT_ERRORS_MAX = 100; // Kubernetes' own bound.
const NO_ERRORS: readonly string[] = Object.freeze([]);

/**
 * One decoding of a JSON value: where it is, and what it found wrong. Like Kubernetes' decoder it
 * goes on after a value of the wrong type and reports the first of them; what is merely unknown or
 * doubled is collected.
 */
export class JsonReader {
  readonly #steps: (FieldStep | string | number)[] = [];
  /** Made for the first of them. */
  #strictErrors: Set<string> | undefined;
  readonly #duplicates: Duplicates | undefined;
  #error: DecodeError | undefined;
  #lenient = 0;

  /** `duplicates` are the doubled keys of objects, where there are any. */
  constructor(duplicates?: Duplicates) {
    this.#duplicates = duplicates;
  }

  get strictErrors(): readonly string[] {
    return this.#strictErrors === undefined ? NO_ERRORS : [...this.#strictErrors];
  }

  /** Descends into a field, an element, or a key of a map. */
  enter(step: FieldStep | string | number): void {
    this.#steps.push(step);
  }

  leave(): void {
    this.#steps.pop();
  }

  /** Reads with `task` what Kubernetes decodes without looking for unknown fields. */
  leniently<T>(task: () => T): T {
    this.#lenient++;
    try {
      return task();
    } finally {
      this.#lenient--;
    }
  }

  unknownField(name: string): void {
    this.#strictError('unknown field', name);
  }

  /**
   * Reports the keys that the text of this object has again after so many others, and before the
   * next: what is found is told in the order of the text.
   */
  reportDuplicates(
    object: object,
    after: number,
    isField: (name: string) => boolean = () => true,
  ): void {
    for (const doubled of this.#duplicates?.get(object) ?? []) {
      if (doubled.after !== after || !isField(doubled.name)) continue;
      this.#strictError('duplicate field', doubled.name);
    }
  }

  /** Whether there is any doubled key to look for. */
  get hasDuplicates(): boolean {
    return this.#duplicates !== undefined;
  }

  /**
   * Notes that a value isn't of the wanted type, and returns what stands for it from here on. Numbers
   * are shown where only this number is wrong.
   */
  mismatch<T>(value: unknown, typeName: string, zero: T, showNumber = false): T {
    const shown = describe(value) + (showNumber && typeof value === 'number' ? ` ${value}` : '');
    this.failLater(this.#mismatch(shown, typeName));
    return zero;
  }

  /** As `mismatch`, of types that decode themselves: their errors end the decoding at once. */
  fatalMismatch(value: unknown, typeName: string): never {
    throw this.#mismatch(describe(value), typeName);
  }

  #mismatch(shown: string, typeName: string): DecodeError {
    const target = this.#target();
    const where = target ? `struct field ${target}` : 'value';
    return new DecodeError(`json: cannot unmarshal ${shown} into Go ${where} of type ${typeName}`);
  }

  /** Keeps an error until the end; the first one counts. */
  failLater(error: DecodeError): undefined {
    this.#error ??= error;
    return undefined;
  }

  /** Throws the first error, if there was one. */
  finish(): void {
    if (this.#error) throw this.#error;
  }

  #strictError(problem: string, name: string): void {
    if (this.#lenient > 0) return;
    this.#strictErrors ??= new Set();
    if (this.#strictErrors.size >= STRICT_ERRORS_MAX) return;
    let path = '';
    for (const step of this.#steps) {
      if (typeof step === 'number') path += `[${step}]`;
      else path += `${path && '.'}${typeof step === 'string' ? step : step.name}`;
    }
    this.#strictErrors.add(`${problem} "${path && `${path}.`}${name}"`);
  }

  /** The field that is being read, as `PodSpec.spec.containers`: lists and maps leave no trace. */
  #target(): string {
    const fields = this.#steps.filter((step) => typeof step === 'object');
    const last = fields.at(-1);
    return last ? `${last.owner}.${fields.map((field) => field.errorPath).join('.')}` : '';
  }
}

function describe(value: unknown): string {
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
