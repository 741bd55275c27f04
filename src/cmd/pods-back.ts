import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { sleep } from '../base/clock.ts';
import type { Cluster } from '../cli/cluster.ts';
import { type CommandContext, CommandError } from '../cli/command.ts';
import type { LiveRow } from '../cli/live-view.ts';
import { troubleLines } from './pod-troubles.ts';

/** The pods of a node that were ready when its cluster ended. */
export interface PodsBefore {
  readonly ready: readonly Pod[];
  /** Whether their containers went on without the cluster: after a kill, but not after `down`. */
  readonly haveSurvived: boolean;
}

/** Those of a node's pods that their status calls ready. */
export async function readyPods({ client }: Cluster, nodeName: string): Promise<readonly Pod[]> {
  const fieldSelector = `spec.nodeName=${nodeName}`;
  return (await client.list(pods, { fieldSelector })).items.filter(isReady);
}

/**
 * Those pods that are still to become ready again. Until the node has looked at a pod, its status
 * is that of its last life: it is of the new one when its containers are others. Pods that are
 * gone, about to go or at their end won't come back.
 */
export function podsToCome({ ready, haveSurvived }: PodsBefore, now: readonly Pod[]): Pod[] {
  const current = new Map(now.map((pod) => [pod.metadata.uid, pod]));
  return ready.flatMap((before) => {
    const pod = current.get(before.metadata.uid);
    if (!pod || isLeaving(pod)) return [];
    const isBack = isReady(pod) && (haveSurvived || containersOf(pod) !== containersOf(before));
    return isBack ? [] : [pod];
  });
}

const isLeaving = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined ||
  status.phase === 'Succeeded' ||
  status.phase === 'Failed';

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;

const containersOf = ({ status }: Pod): string =>
  (status.containerStatuses ?? []).map(({ containerID }) => containerID).join();

export interface PodsBackCall {
  readonly context: CommandContext;
  readonly cluster: Cluster;
  readonly nodeName: string;
  readonly show: (rows: readonly LiveRow[]) => void;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}

const LOOK_MS = 200;

/** Waits until the pods are ready again. Throws CommandError when they aren't in time. */
export async function untilPodsBack(before: PodsBefore, call: PodsBackCall): Promise<void> {
  const { clock, signal } = call.context;
  const all = before.ready.length;
  if (all === 0) return;
  for (;;) {
    const fieldSelector = `spec.nodeName=${call.nodeName}`;
    const toCome = podsToCome(
      before,
      (await call.cluster.client.list(pods, { fieldSelector })).items,
    );
    const state = toCome.length > 0 ? 'progressing' : 'healthy';
    const text = `${all - toCome.length} of ${all} that were ready are back`;
    call.show([{ label: 'pods', state, text }]);
    if (toCome.length === 0) return;
    if (clock.monotonicMs() >= call.deadlineMs) throw notBack(toCome);
    await sleep(clock, LOOK_MS, signal);
  }
}

function notBack(toCome: readonly Pod[]): CommandError {
  const lines = troubleLines(toCome).map((line) => `\n  ${line}`);
  const count = toCome.length === 1 ? '1 pod is' : `${toCome.length} pods are`;
  return new CommandError(`${count} still starting${lines.join('')}`, {
    advice: 'They go on starting. "tutti why" says what keeps them from it.',
  });
}
