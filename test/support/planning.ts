import { definitions } from '../../src/api/definitions.ts';
import type { ServedResource } from '../../src/cli/discovery.ts';
import { parseManifests } from '../../src/cli/manifests.ts';
import type { Resource } from '../../src/machinery/resource.ts';
import { clientSource, type LiveSource } from '../../src/plan/live-source.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Plan } from '../../src/plan/report.ts';
import type { TestCluster } from '../../src/testing/testing.ts';

/** Plans for clusters of tests, read by their clients. */

const asServed = ({ group, version, plural, kind, namespaced }: Resource): ServedResource => ({
  ...{ group, version, plural, kind, namespaced },
  ...{ singular: kind.toLowerCase(), shortNames: [], categories: [], verbs: ['get', 'list'] },
});

/** A cluster as a plan reads it: the kinds of Kubernetes, and others that are named. */
export function sourceOf(cluster: TestCluster, others: readonly Resource[] = []): LiveSource {
  const stored = definitions.filter(({ virtual }) => !virtual);
  const served = [...stored, ...others].map(asServed);
  return clientSource(cluster.client, async () => served);
}

interface Planning {
  readonly others?: readonly Resource[];
  readonly isDeletion?: boolean;
  readonly isTutti?: boolean;
}

/** What applying these objects would do, or deleting them. */
export function planFor(
  cluster: TestCluster,
  objects: readonly object[],
  { others = [], isDeletion = false, isTutti = false }: Planning = {},
): Promise<Plan> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const wish = {
    manifests: parseManifests(list, 'app.yaml'),
    ...{ namespace: undefined, contextNamespace: 'default', force: false, isDeletion },
  };
  return plan(sourceOf(cluster, others), wish, { now: cluster.now(), isTutti });
}
