/** Where in an object a value stands: `spec.containers[0].ports[1].name`, `metadata.labels[app]`. */
export class FieldPath {
  /** The object itself. */
  static readonly root = new FieldPath(undefined, '', false);
  readonly #parent: FieldPath | undefined;
  readonly #step: string;
  readonly #subscript: boolean;

  private constructor(parent: FieldPath | undefined, step: string, subscript: boolean) {
    this.#parent = parent;
    this.#step = step;
    this.#subscript = subscript;
  }

  /** The path of a field, or of a field in a field, … of what stands here. */
  at(...names: string[]): FieldPath {
    let path: FieldPath = this;
    for (const name of names) path = new FieldPath(path, name, false);
    return path;
  }

  /** The path of a list's element. */
  index(index: number): FieldPath {
    return new FieldPath(this, `${index}`, true);
  }

  /** The path of a map's value. */
  key(key: string): FieldPath {
    return new FieldPath(this, key, true);
  }

  /** The form of messages. The object itself shows as `<nil>`, as in Kubernetes' own. */
  toString(): string {
    const parent = this.#parent;
    if (parent === undefined) return '<nil>';
    const before = parent.#parent === undefined ? '' : parent.toString();
    if (this.#subscript) return `${before}[${this.#step}]`;
    return before ? `${before}.${this.#step}` : this.#step;
  }
}
