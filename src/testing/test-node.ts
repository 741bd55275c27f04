import { nodes } from '../api/generated/core/v1/resources.ts';
import type { World } from '../sim/world.ts';

/** A simulated node of a test's cluster. */
export class TestNode {
  readonly name: string;
  readonly #world: () => World;

  constructor(world: () => World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** Whether it has power. */
  get isRunning(): boolean {
    return this.#world().poweredNodes.includes(this.name);
  }

  /** Takes its power away: what ran on it is gone, and nobody is told. */
  fail(): void {
    this.#world().powerOff(this.name);
  }

  /** Gives it power again: it boots, and starts its pods anew. */
  recover(): void {
    this.#world().powerOn(this.name);
  }

  /** No new pods come to it. */
  async cordon(): Promise<void> {
    await this.#patch({ unschedulable: true });
  }

  /** New pods may come again. */
  async uncordon(): Promise<void> {
    await this.#patch({ unschedulable: null });
  }

  async #patch(spec: object): Promise<void> {
    const { client } = this.#world();
    await client.patch(nodes, { name: this.name }, { type: 'merge', body: { spec } });
  }
}
