import { pods } from '../api/generated/core/v1/resources.ts';
import type { Container, Pod } from '../api/generated/core/v1/types.ts';
import { sleep } from '../base/clock.ts';
import { isStatusError } from '../machinery/status.ts';
import { recordContainerEvent } from './container-events.ts';
import {
  cgroupOf,
  outdatedRuns,
  runtimeHandler,
  sandboxConfigFor,
  startContainer,
} from './container-start.ts';
import { afterRestart } from './crash-backoff.ts';
import { runHook } from './lifecycle-hook.ts';
import type { WorkerMemory } from './pod-memory.ts';
import type { PodEffect } from './pod-plan.ts';
import { findContainer, latestRun, type RuntimeContainer } from './pod-runtime.ts';
import { podResources } from './qos.ts';
import { messageOf } from './start-failure.ts';
import type { PodVolumes } from './volumes/pod-volumes.ts';
import type { WorkerTools } from './worker-tools.ts';

export interface EffectContext {
  readonly tools: WorkerTools;
  readonly pod: Pod;
  readonly memory: WorkerMemory;
  readonly volumes: PodVolumes;
  /** Aborts when the pod is not to run any more. */
  readonly signal: AbortSignal;
  /** How often a container has been started before. */
  readonly restartCount: (container: string) => number;
}

type Start = Extract<PodEffect, { type: 'startContainer' }>;
type Stop = Extract<PodEffect, { type: 'stopContainer' | 'preStop' }>;

/** Does one effect to its end. Rejects when it failed; what came of it is then to be looked at. */
export async function runEffect(effect: PodEffect, context: EffectContext): Promise<void> {
  const { tools } = context;
  switch (effect.type) {
    case 'prepareVolumes':
      return prepareVolumes(context);
    case 'createSandbox':
      return createSandbox(effect.attempt, context);
    case 'startContainer':
      return start(effect, context);
    case 'preStop':
      return preStop(effect, context);
    case 'stopContainer':
      tellStop(effect, context);
      return tools.runtime.stopContainer(effect.run.id, effect.graceSeconds);
    case 'stopSandbox':
      return tools.runtime.stopPodSandbox(effect.sandboxId);
    case 'cleanUp':
      return cleanUp(context);
    case 'confirmDeletion':
      return confirmDeletion(context);
    case 'forget':
      return forget(context);
  }
}

async function prepareVolumes({ tools, pod, memory, volumes }: EffectContext): Promise<void> {
  const { references, node } = tools;
  const { uid, namespace = '' } = pod.metadata;
  try {
    await references.ready(uid);
    await volumes.prepare({
      pod,
      references: references.in(namespace),
      podIps: tools.cache.get(uid).sandboxes[0]?.ips ?? [],
      hostIps: node.hostIps,
      allocatable: node.allocatable,
    });
    memory.volumesReady = true;
  } catch (error) {
    const message = messageOf(error);
    tools.events.record(pod, { type: 'Warning', reason: 'FailedMount', message });
    throw error;
  }
}

async function createSandbox(attempt: number, context: EffectContext): Promise<void> {
  const { tools, pod } = context;
  const { cgroups, runtime, node, events } = tools;
  try {
    const handler = await runtimeHandler(tools, pod);
    // To run it all the same would be to run it as root of the machine, which it asked not to be.
    if (pod.spec.hostUsers === false) {
      throw new Error(`RuntimeClass handler "${handler}" does not support user namespaces`);
    }
    cgroups.apply(cgroupOf(node.cgroupRoot, pod), podResources(pod));
    await runtime.runPodSandbox(sandboxConfigFor(tools, pod, attempt), handler);
  } catch (error) {
    const message = `Failed to create pod sandbox: ${messageOf(error)}`;
    events.record(pod, { type: 'Warning', reason: 'FailedCreatePodSandBox', message });
    throw error;
  }
}

async function start({ sandboxId, container, kind }: Start, context: EffectContext): Promise<void> {
  const { tools, pod, memory, volumes, signal } = context;
  const { name } = container;
  const before = latestRun(tools.cache.get(pod.metadata.uid), name);
  let created: string | undefined;
  try {
    await startContainer(tools, sandboxId, {
      pod,
      container,
      kind,
      volumes,
      signal,
      restartCount: context.restartCount(name),
      onCreated(id) {
        created = id;
        if (container.lifecycle?.postStart) memory.hidden.add(id);
        if (before?.state === 'exited') noteRestart(before, context);
      },
    });
    memory.waiting.delete(name);
  } finally {
    if (created !== undefined) memory.hidden.delete(created);
  }
  await removeOutdated(name, context);
}

function noteRestart(before: RuntimeContainer, { tools, memory }: EffectContext): void {
  const finishedAt = before.finishedAt ?? before.createdAt;
  const at = { finishedAt, now: tools.clock.now() };
  memory.crashes.set(before.name, afterRestart(memory.crashes.get(before.name), at));
}

/** Keeps the end of the last run, for its log and last words, and no more. */
async function removeOutdated(name: string, { tools, pod }: EffectContext): Promise<void> {
  const { containers } = tools.cache.get(pod.metadata.uid);
  for (const run of outdatedRuns(containers, name)) {
    await tools.runtime.removeContainer(run.id);
    if (run.logPath) await tools.files.removeLog(run.logPath);
  }
}

/** Says once, per run, that it is being stopped and why. */
function tellStop({ run, message, type }: Stop, { tools, pod, memory }: EffectContext): void {
  const told = memory.preStopped.has(run.id);
  memory.preStopped.add(run.id);
  if (told && type === 'stopContainer') return;
  const content = { type: 'Normal', reason: 'Killing', message } as const;
  recordContainerEvent(tools.events, pod, run.name, content);
}

async function preStop(effect: Stop, context: EffectContext): Promise<void> {
  const { tools, pod } = context;
  const { run, graceSeconds } = effect;
  const container = findContainer(pod, run.name) as Container | undefined;
  const hook = container?.lifecycle?.preStop;
  // Told only when the hook is done: until then the container isn't to be stopped.
  const content = { type: 'Normal', reason: 'Killing', message: effect.message } as const;
  recordContainerEvent(tools.events, pod, run.name, content);
  const podIp = tools.cache.get(pod.metadata.uid).sandboxes[0]?.ips[0] ?? '';
  try {
    if (hook && container) {
      const target = { pod, container, containerId: run.id, podIp };
      const late = sleep(tools.clock, graceSeconds * 1000);
      await Promise.race([runHook(tools.hooks, hook, target), late]);
    }
  } catch (error) {
    tools.logger.info('preStop hook failed', {
      pod: pod.metadata.name,
      container: run.name,
      error,
    });
    const failed = { type: 'Warning', reason: 'FailedPreStopHook', message: 'PreStopHook failed' };
    recordContainerEvent(tools.events, pod, run.name, failed as typeof content);
  } finally {
    context.memory.preStopped.add(run.id);
  }
}

async function cleanUp({ tools, pod, memory }: EffectContext): Promise<void> {
  await tools.files.removeVolumes(pod.metadata.uid);
  const cgroup = cgroupOf(tools.node.cgroupRoot, pod);
  if (!tools.cgroups.remove(cgroup)) throw new Error(`processes are left in cgroup ${cgroup}`);
  memory.cleanedUp = true;
  memory.volumesReady = false;
}

async function confirmDeletion({ tools, pod }: EffectContext): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  await tools.statuses.settled(uid);
  try {
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await tools.client.delete(pods, { namespace, name }, options);
  } catch (error) {
    // Gone already, perhaps with another of its name in its place.
    if (!isStatusError(error, 'NotFound', 'Conflict')) throw error;
  }
}

async function forget({ tools, pod }: EffectContext): Promise<void> {
  const { uid } = pod.metadata;
  for (const { id } of tools.cache.get(uid).sandboxes) await tools.runtime.removePodSandbox(id);
  await tools.files.removePod(uid);
}
