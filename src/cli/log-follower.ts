import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { Informer, type InformerTools } from '../client/informer.ts';

/** Which containers to follow. */
export interface FollowedPods {
  readonly namespace: string;
  readonly labelSelector: string;
  /** One container of each pod; all but those that initialize it unless said. */
  readonly container?: string | undefined;
}

/** One run of a container: when it is started again, that is another. */
export interface Run {
  readonly pod: Pod;
  readonly container: string;
  /** Whether it has begun since one follows. */
  readonly isNew: boolean;
}

/**
 * Calls `print` for each run of the containers of all pods that a selector means, those that come
 * later included. Resolves when the signal aborts; rejects when printing one does.
 */
export function followRuns(
  tools: InformerTools,
  { container, ...selection }: FollowedPods,
  print: (run: Run) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const informer = new Informer(tools, pods, selection);
  const begun = new Set<string>();
  const stop = new AbortController();
  return new Promise<void>((resolve, reject) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    informer.subscribe(({ after }) => {
      for (const [name, id] of after ? runsOf(after, container) : []) {
        if (begun.has(id)) continue;
        begun.add(id);
        const run = { pod: after as Pod, container: name, isNew: informer.hasSynced };
        print(run).catch(reject);
      }
    });
    informer.start(stop.signal);
  }).finally(() => stop.abort());
}

/** The containers of which there is a log, each with what tells this run from others. */
function runsOf({ metadata, spec, status }: Pod, wanted: string | undefined): [string, string][] {
  const main = spec.containers.map(({ name }) => name);
  const isMeant = (name: string) => (wanted === undefined ? main.includes(name) : name === wanted);
  const all = [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  return all.flatMap(({ name, containerID, state, lastState }) => {
    const hasBegun = state?.running ?? state?.terminated;
    const id = hasBegun ? containerID : lastState?.terminated?.containerID;
    return id && isMeant(name) ? [[name, `${metadata.uid}/${id}`] as [string, string]] : [];
  });
}
