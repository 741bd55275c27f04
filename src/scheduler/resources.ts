import { parseQuantity } from '../machinery/quantity.ts';

/** Resources by name, as objects write them: `{ cpu: '100m', memory: '1Gi' }`. */
export type ResourceList = Readonly<Record<string, string>>;

/** Amounts of resources, as plain numbers for quick comparing. */
export interface Resources {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
  /** Extended resources, huge pages and the like, by name, in their own units. */
  readonly scalars: ReadonlyMap<string, number>;
}

const NO_SCALARS: ReadonlyMap<string, number> = new Map();

/** No amount of anything. */
export const NOTHING: Resources = {
  cpuMilli: 0,
  memoryBytes: 0,
  storageBytes: 0,
  scalars: NO_SCALARS,
};

/** Whether the scheduler counts a resource that isn't cpu, memory or ephemeral storage. */
const isScalarResource = (name: string): boolean =>
  name.includes('/') || name.startsWith('hugepages-') || name.startsWith('attachable-volumes-');

/** Amounts that are still being added up. */
export class ResourceSum {
  cpuMilli = 0;
  memoryBytes = 0;
  storageBytes = 0;
  #scalars: Map<string, number> | undefined;

  add({ cpuMilli, memoryBytes, storageBytes, scalars }: Resources | ResourceSum, sign = 1): this {
    this.cpuMilli += sign * cpuMilli;
    this.memoryBytes += sign * memoryBytes;
    this.storageBytes += sign * storageBytes;
    for (const [name, amount] of scalars) this.set(name, this.get(name) + sign * amount);
    return this;
  }

  addList(list: ResourceList | undefined): this {
    for (const name in list) this.set(name, this.get(name) + amountOf(name, list[name]!));
    return this;
  }

  /** Takes the larger of both, resource by resource. */
  atLeast({ cpuMilli, memoryBytes, storageBytes, scalars }: ResourceSum): this {
    this.cpuMilli = Math.max(this.cpuMilli, cpuMilli);
    this.memoryBytes = Math.max(this.memoryBytes, memoryBytes);
    this.storageBytes = Math.max(this.storageBytes, storageBytes);
    for (const [name, amount] of scalars) this.set(name, Math.max(this.get(name), amount));
    return this;
  }

  get(name: string): number {
    if (name === 'cpu') return this.cpuMilli;
    if (name === 'memory') return this.memoryBytes;
    if (name === 'ephemeral-storage') return this.storageBytes;
    return this.#scalars?.get(name) ?? 0;
  }

  set(name: string, amount: number): void {
    if (name === 'cpu') this.cpuMilli = amount;
    else if (name === 'memory') this.memoryBytes = amount;
    else if (name === 'ephemeral-storage') this.storageBytes = amount;
    else if (isScalarResource(name)) {
      this.#scalars ??= new Map();
      this.#scalars.set(name, amount);
    }
  }

  get scalars(): ReadonlyMap<string, number> {
    return this.#scalars ?? NO_SCALARS;
  }

  /** The amounts as they are now. */
  done(): Resources {
    const { cpuMilli, memoryBytes, storageBytes } = this;
    const scalars = this.#scalars ? new Map(this.#scalars) : NO_SCALARS;
    return { cpuMilli, memoryBytes, storageBytes, scalars };
  }
}

/** An amount in the unit in which the scheduler counts it: millicores of cpu, else whole units. */
export function amountOf(name: string, text: string): number {
  const quantity = parseQuantity(text);
  return name === 'cpu' ? quantity.milliValue : quantity.value;
}

/** The amounts in a list of quantities. */
export const resourcesOf = (list: ResourceList | undefined): Resources =>
  new ResourceSum().addList(list).done();

/** An amount of one resource by its name in the API. */
export function amount(resources: Resources, name: string): number {
  if (name === 'cpu') return resources.cpuMilli;
  if (name === 'memory') return resources.memoryBytes;
  if (name === 'ephemeral-storage') return resources.storageBytes;
  return resources.scalars.get(name) ?? 0;
}

/** Adds, or with sign -1 takes away, what a pod asks for. Most pods have no scalars: share them. */
export function plus(total: Resources, part: Resources, sign: 1 | -1 = 1): Resources {
  if (part.scalars.size > 0) return new ResourceSum().add(total).add(part, sign).done();
  return {
    cpuMilli: total.cpuMilli + sign * part.cpuMilli,
    memoryBytes: total.memoryBytes + sign * part.memoryBytes,
    storageBytes: total.storageBytes + sign * part.storageBytes,
    scalars: total.scalars,
  };
}
