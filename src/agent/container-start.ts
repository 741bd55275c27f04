import { qosClassOf } from '../api/core-v1/pod/qos.ts';
import type { Container, Pod } from '../api/generated/core/v1/types.ts';
import { runtimeClasses } from '../api/generated/node/v1/resources.ts';
import type { Image, Mount, PodSandboxConfig } from '../runtime/cri-types.ts';
import { recordContainerEvent } from './container-events.ts';
import { runHook } from './lifecycle-hook.ts';
import type { ContainerToStart } from './pod-actions.ts';
import { latestRun, type RuntimeContainer, usesHostNetwork } from './pod-runtime.ts';
import { PodConfigError } from './spec/config-error.ts';
import { containerConfig } from './spec/container-config.ts';
import { hostsFile, hostsFileOnHost } from './spec/dns.ts';
import { environmentOf } from './spec/environment.ts';
import { sandboxConfig } from './spec/sandbox-config.ts';
import { messageOf, StartFailure } from './start-failure.ts';
import type { PodVolumes } from './volumes/pod-volumes.ts';
import type { WorkerTools } from './worker-tools.ts';

export interface StartInput extends ContainerToStart {
  readonly pod: Pod;
  readonly volumes: PodVolumes;
  readonly restartCount: number;
  /** Aborts when the pod is not to run any more; what was begun is then left to its end. */
  readonly signal: AbortSignal;
  /** Called when the container exists, with its ID. */
  readonly onCreated: (containerId: string) => void;
}

/** What the runtime is told about the pod as a whole: the same for sandbox and containers. */
export function sandboxConfigFor(
  { node, files }: WorkerTools,
  pod: Pod,
  attempt: number,
): PodSandboxConfig {
  const { name, namespace = '', uid } = pod.metadata;
  return sandboxConfig(pod, attempt, {
    owner: node.owner,
    dns: node.dns,
    hostDns: node.hostDns,
    logDirectory: files.logFolder({ name, namespace, uid }),
    cgroupParent: cgroupOf(node.cgroupRoot, pod),
  });
}

/** The pod's cgroup: below that of its quality of service. */
export function cgroupOf(root: string, pod: Pod): string {
  const qos = qosClassOf(pod.spec);
  const group = qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`;
  return `${root}${group}/pod${pod.metadata.uid}`;
}

/** The runtime's name for how a pod's sandbox is to be made. */
export async function runtimeHandler({ client }: WorkerTools, { spec }: Pod): Promise<string> {
  if (!spec.runtimeClassName) return '';
  return (await client.get(runtimeClasses, { name: spec.runtimeClassName })).handler;
}

/**
 * Takes a container from its image to running, its postStart hook included. Rejects with
 * StartFailure; what the runtime has then is for the next look at it to say.
 */
export async function startContainer(
  tools: WorkerTools,
  sandboxId: string,
  input: StartInput,
): Promise<void> {
  const { pod, container, signal } = input;
  const config = sandboxConfigFor(tools, pod, attemptOf(tools, pod));
  const image = await orAborted(signal, ensureImage(tools, input, config));
  const made = await configure(tools, input, image);
  signal.throwIfAborted();
  const event = eventsOf(tools, pod, container.name);
  const failed = (reason: string) => (error: unknown) => {
    event('Warning', 'Failed', `Error: ${messageOf(error)}`);
    throw new StartFailure(reason, messageOf(error), { cause: error });
  };
  await removeHalfMade(tools, pod, container.name);
  const id = await tools.runtime
    .createContainer(sandboxId, made, config)
    .catch(failed('CreateContainerError'));
  input.onCreated(id);
  event('Normal', 'Created', 'Container created');
  await tools.runtime.startContainer(id).catch(failed('RunContainerError'));
  event('Normal', 'Started', 'Container started');
  await postStart(tools, input, id);
}

const attemptOf = ({ cache }: WorkerTools, { metadata }: Pod): number =>
  cache.get(metadata.uid).sandboxes[0]?.metadata.attempt ?? 0;

const eventsOf =
  ({ events }: WorkerTools, pod: Pod, container: string) =>
  (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    recordContainerEvent(events, pod, container, { type, reason, message });

async function ensureImage(
  tools: WorkerTools,
  { pod, container }: StartInput,
  config: PodSandboxConfig,
): Promise<Image> {
  const { references, images, events } = tools;
  const { uid, namespace = '' } = pod.metadata;
  await references.ready(uid);
  const pullSecrets = (pod.spec.imagePullSecrets ?? []).flatMap(
    ({ name = '' }) => references.in(namespace).secret(name) ?? [],
  );
  return images.ensure({
    pod,
    container,
    pullSecrets,
    sandboxConfig: config,
    event: (content) => recordContainerEvent(events, pod, container.name, content),
  });
}

/** All that the runtime is told about the container, and the files that go with it. */
async function configure(tools: WorkerTools, input: StartInput, image: Image) {
  const { pod, volumes, restartCount } = input;
  const { references, cache, node } = tools;
  const container = input.container as Container;
  const { uid, namespace = '' } = pod.metadata;
  const runtime = cache.get(uid);
  try {
    const services = await tools.services(pod);
    const podIps = usesHostNetwork(pod) ? node.hostIps : (runtime.sandboxes[0]?.ips ?? []);
    const { hostIps, allocatable } = node;
    const facts = { pod, podIps, hostIps, allocatable, references: references.in(namespace) };
    const env = environmentOf({ ...facts, container, services });
    const mounts = await volumes.mounts(pod, container, env);
    const target = 'targetContainerName' in container ? container.targetContainerName : undefined;
    const targetId = target ? latestRun(runtime, String(target))?.id : undefined;
    return containerConfig(pod, container, {
      owner: node.owner,
      restartCount,
      image,
      env,
      mounts: [...mounts, ...(await ownMounts(tools, input, podIps, mounts))],
      ...(targetId && { targetId }),
      memoryCapacityBytes: node.memoryBytes,
    });
  } catch (error) {
    const reason = error instanceof PodConfigError ? error.reason : 'CreateContainerConfigError';
    const message = messageOf(error);
    eventsOf(tools, pod, container.name)('Warning', 'Failed', `Error: ${message}`);
    throw new StartFailure(reason, message, { cause: error });
  }
}

/** The files that every container has: its hosts file and a place for its last words. */
async function ownMounts(
  { files, node }: WorkerTools,
  { pod, container, restartCount }: StartInput,
  ips: readonly string[],
  mounts: readonly Mount[],
): Promise<Mount[]> {
  const { uid } = pod.metadata;
  const mount = (containerPath: string, hostPath: string): Mount => {
    return { containerPath, hostPath, readOnly: false, propagation: 'private' };
  };
  const own: Mount[] = [];
  if (!mounts.some(({ containerPath }) => containerPath === '/etc/hosts')) {
    const text = usesHostNetwork(pod)
      ? hostsFileOnHost(pod, await files.readMachineFile('/etc/hosts'))
      : hostsFile(pod, { ips, clusterDomain: node.dns.domain });
    own.push(mount('/etc/hosts', files.writeHosts(uid, text)));
  }
  const { terminationMessagePath: path, name } = container;
  if (path) own.push(mount(path, files.terminationLog(uid, name, restartCount)));
  return own;
}

/** A container that was made but never started stands in the way of its name. */
async function removeHalfMade(
  { cache, runtime }: WorkerTools,
  { metadata }: Pod,
  name: string,
): Promise<void> {
  const run = latestRun(cache.get(metadata.uid), name);
  if (run?.state === 'created') await runtime.removeContainer(run.id);
}

async function postStart(tools: WorkerTools, input: StartInput, containerId: string) {
  const { pod, container, signal } = input;
  const hook = container.lifecycle?.postStart;
  if (!hook) return;
  const podIp = tools.cache.get(pod.metadata.uid).sandboxes[0]?.ips[0] ?? '';
  const target = { pod, container: container as Container, containerId, podIp };
  try {
    await orAborted(signal, runHook(tools.hooks, hook, target));
  } catch (error) {
    if (signal.aborted) throw error;
    const event = eventsOf(tools, pod, container.name);
    event('Warning', 'FailedPostStartHook', 'PostStartHook failed');
    event('Normal', 'Killing', 'FailedPostStartHook');
    await tools.runtime.stopContainer(containerId, pod.spec.terminationGracePeriodSeconds ?? 30);
    throw new StartFailure('PostStartHookError', messageOf(error), { cause: error });
  }
}

/** The result, unless the signal aborts before. */
function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Runs of a container that nobody needs any more: all but the latest and the one before. */
export const outdatedRuns = (
  runs: readonly RuntimeContainer[],
  name: string,
): readonly RuntimeContainer[] =>
  runs.filter((run) => run.name === name && run.state === 'exited').slice(2);
