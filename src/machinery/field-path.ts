/** Where in an object a value stands: `spec.containers[0].ports[1].name`, `metadata.labels[app]`. */
export class FieldPath {
  static readonly root = new FieldPath(undefined, '');
  readonly #parent: FieldPath | undefined;
  readonly #step: string;

  private constructor(parent: FieldPath | undefined, step: string) {
    this.#parent = parent;
    this.#step = step;
  }

  at(...names: string[]): FieldPath {
    let path: FieldPath = this;
    for (const name of names) path = new FieldPath(path, name);
    return path;
  }

  index(index: number): FieldPath {
    return new FieldPath(this, `[${index}]`);
  }

  key(key: string): FieldPath {
    return new FieldPath(this, `[${key}]`);
  }

  toString(): string {
    if (this.#parent === undefined) return this.#step;
    const before = this.#parent.toString();
    if (this.#step.startsWith('[')) return before + this.#step;
    return before ? `${before}.${this.#step}` : this.#step;
  }
}
