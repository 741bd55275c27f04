import type { Cancel } from '../../src/base/clock.ts';
import type { Client, WatchOptions } from '../../src/client/client.ts';
import type { WatchEvent } from '../../src/machinery/api-request.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import type { Resource } from '../../src/machinery/resource.ts';
import type { StatusError } from '../../src/machinery/status.ts';

/** What a watch has told so far, to be waited for. */
export class Watched<T extends KubeObject> {
  readonly events: WatchEvent<T>[] = [];
  /** Resolves when the watch ends, with why. */
  readonly ended: Promise<StatusError | undefined>;
  isOver = false;
  readonly cancel: Cancel;
  #wake: () => void = () => {};

  static start<T extends KubeObject>(
    client: Client,
    resource: Resource<T>,
    options: WatchOptions,
  ): Watched<T> {
    return new Watched(client, resource, options);
  }

  private constructor(client: Client, resource: Resource<T>, options: WatchOptions) {
    const { promise, resolve } = Promise.withResolvers<StatusError | undefined>();
    this.ended = promise;
    this.cancel = client.watch(resource, options, {
      next: (event) => {
        this.events.push(event);
        this.#wake();
      },
      end: (error) => {
        this.isOver = true;
        resolve(error);
      },
    });
  }

  /** All events, once there are so many. */
  async until(count: number): Promise<readonly WatchEvent<T>[]> {
    while (this.events.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.events;
  }
}
