import type { TestCluster } from './cluster.ts';
import { type ClusterOptions, createCluster } from './create-cluster.ts';

/** Which seeds to try: so many from 1 on, or from another first one. */
export type Seeds = number | { readonly first: number; readonly count: number };

/** A test failed on a seed: `cause` is how. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
  readonly seed: number;

  constructor(seed: number, cause: unknown) {
    const what = cause instanceof Error ? cause.message : String(cause);
    super(`seed ${seed}: ${what}\nexplore({ first: ${seed}, count: 1 }, …) does the same again`, {
      cause,
    });
    this.seed = seed;
  }
}

/**
 * Runs a test on many clusters, each with chance and faults of its own seed (those of the options,
 * or at random). Rejects with SeedError for the smallest seed on which it fails, and with RangeError
 * when there is none to try.
 */
export async function explore(
  seeds: Seeds,
  test: (cluster: TestCluster) => Promise<void>,
  options: Omit<ClusterOptions, 'seed'> = {},
): Promise<void> {
  const { first, count } = typeof seeds === 'number' ? { first: 1, count: seeds } : seeds;
  if (!(count > 0)) throw new RangeError(`${count} seeds prove nothing`);
  for (let seed = first; seed < first + count; seed++) {
    try {
      await tryOne({ faults: 'random', ...options, seed }, test);
    } catch (cause) {
      throw new SeedError(seed, cause);
    }
  }
}

async function tryOne(
  options: ClusterOptions,
  test: (cluster: TestCluster) => Promise<void>,
): Promise<void> {
  const cluster = await createCluster(options);
  try {
    await test(cluster);
  } finally {
    cluster.close();
  }
}
