import { nameProblem, parseImageName } from '../agent/image-name.ts';
import type { Node, Pod } from '../api/generated/core/v1/types.ts';
import { formatReference, parseReference } from '../image/reference.ts';
import type { Obstacle } from './pod-times.ts';

/** Node agents name no more than so many of their images (`--node-status-max-images`). */
const LISTED_MAX = 50;

/** Which images are on nodes already, as far as these tell. */
export class NodeImages {
  readonly #names: ReadonlySet<string>;
  readonly #isTold: boolean;
  readonly #isComplete: boolean;

  constructor(nodes: readonly Node[]) {
    const lists = nodes.map(({ status }) => status.images ?? []);
    this.#names = new Set(lists.flat().flatMap(({ names }) => (names ?? []).map(fullName)));
    this.#isTold = this.#names.size > 0;
    this.#isComplete = this.#isTold && lists.every((list) => list.length < LISTED_MAX);
  }

  /** Whether an image is known to be on no node. */
  lacks(image: string): boolean {
    return this.#isTold && !this.#names.has(fullName(image));
  }

  /** What of a pod's images keeps it from starting, whatever the registry says. */
  obstacle({ spec }: Pod): Obstacle | undefined {
    for (const { image = '', imagePullPolicy } of spec.containers) {
      if (!parseImageName(image)) {
        const message = `couldn't parse image name "${image}": ${nameProblem(image)}`;
        return { reason: 'InvalidImageName', message };
      }
      if (imagePullPolicy === 'Never' && this.#isComplete && this.lacks(image)) {
        const message = `Container image "${image}" is not present with pull policy of Never`;
        return { reason: 'ErrImageNeverPull', message };
      }
    }
    return undefined;
  }
}

/** `docker.io/library/hello:latest` of `hello`. */
function fullName(image: string): string {
  const reference = parseReference(image);
  return reference ? formatReference(reference) : image;
}
