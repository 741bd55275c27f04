import type { ApiRequest } from '../machinery/api-request.ts';
import type { KubeObject } from '../machinery/object.ts';

/** What the dead, or the deposed, have written: nobody who decides could know of it. */
export class Haunted {
  readonly #written = new Set<string>();

  /** Somebody who is dead, or was deposed, is about to write this. */
  note({ plural, namespace, name, body }: ApiRequest): void {
    const given = (body as Partial<KubeObject> | undefined)?.metadata?.name;
    this.#written.add(`${plural} ${namespace}/${name ?? given}`);
  }

  has(plural: string, { metadata: { namespace, name } }: KubeObject): boolean {
    return this.#written.has(`${plural} ${namespace}/${name}`);
  }
}
