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
 * or at random). Rejects with SeedError for the smallest seed on which it fails.
 */
export async function explore(
  seeds: Seeds,
  test: (cluster: TestCluster) => Promise<void>,
  options: Omit<ClusterOptions, 'seed'> = {},
): Promise<void> {
  const { first, count } = typeof seeds === 'number' ? { first: 1, count: seeds } : seeds;
  for (let seed = first; seed < first + count; seed++) {
    const cluster = await createCluster({ faults: 'random', ...options, seed });
    try {
      await test(cluster);
    } catch (cause) {
      throw new SeedError(seed, cause);
    } finally {
      cluster.close();
    }
  }
}
