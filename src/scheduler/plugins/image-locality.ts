import { EACH_NODE, SCORE_MAX, type Surroundings, type SurroundingsPlugin } from '../framework.ts';
import { imagesOf } from '../pod-info.ts';

const MEBIBYTE = 1024 * 1024;
const LEAST_BYTES = 23 * MEBIBYTE;
const MOST_BYTES_PER_CONTAINER = 1000 * MEBIBYTE;

/**
 * Prefers nodes that have the pod's images already: by their size, and the more the more nodes
 * have them, so that one node that happened to be first doesn't get all the pods.
 */
export const imageLocality: SurroundingsPlugin = {
  name: 'ImageLocality',
  weight: 1,
  retryOn: [],
  look({ pod }): Surroundings {
    const images = imagesOf(pod).map(normalizedImage);
    const mostBytes = MOST_BYTES_PER_CONTAINER * images.length;
    return {
      counts: images.map((image) => ({
        topologyKey: EACH_NODE,
        of: ({ facts }) => facts.images.get(image) ?? 0,
      })),
      rate: (places, tallies, nodeCount) =>
        places.map(({ at }) => {
          let bytes = 0;
          // The size of an image times the share of nodes that have it: the mean over all nodes.
          at.forEach((size, i) => {
            if (size! > 0) bytes += Math.trunc(tallies[i]!.total / nodeCount);
          });
          const within = Math.min(Math.max(bytes, LEAST_BYTES), mostBytes);
          return Math.trunc((SCORE_MAX * (within - LEAST_BYTES)) / (mostBytes - LEAST_BYTES));
        }),
    };
  },
};

/** The name under which nodes report an image: one without tag is `latest`. */
function normalizedImage(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
