import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import type { DiskUsage } from '../runtime/machine.ts';
import type { AgentOptions, AgentTools } from './agent.ts';
import { ImagePuller } from './image-puller.ts';
import { allocatableOf, hostIps, type NodeObserved } from './node-object.ts';
import type { Outage } from './outage.ts';
import { PodReferences } from './references.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import { StatusWriter } from './status-writer.ts';
import { TokenSource } from './volumes/token-source.ts';
import type { WorkerTools } from './worker-tools.ts';

export interface WorkerParts {
  readonly cache: RuntimeCache;
  readonly outage: Outage;
  readonly disk: DiskUsage;
  readonly runtimeName: string;
  readonly services: (pod: Pod) => Promise<readonly Service[]>;
  /** Called with the UID of each pod that refers to what has changed. */
  readonly onReference: (podUid: string) => void;
}

/** Makes what the workers of an agent share. */
export function createWorkerTools(
  tools: AgentTools,
  options: AgentOptions,
  { cache, outage, disk, runtimeName, services, onReference }: WorkerParts,
): WorkerTools {
  const { clock, client, logger, runtime, transport, machine, random, hostDns } = tools;
  const { name, owner, dns, cgroupRoot, version, addresses } = options;
  const probes = { runtime, transport, version: version.replace(/^v|\.\d+$/g, '') };
  return {
    ...tools,
    cache,
    outage,
    events: createEventRecorder({ clock, client, logger }, 'kubelet', name),
    images: new ImagePuller(clock, runtime),
    references: new PodReferences({ clock, random, client, logger }, onReference),
    tokens: new TokenSource(clock, client),
    prober: { ...probes, clock, random },
    hooks: { ...probes, clock },
    statuses: new StatusWriter(clock, client, logger),
    services,
    node: {
      name,
      owner,
      hostIps: hostIps(addresses ?? machine.addresses),
      allocatable: allocatableOf(options, { machine, disk }),
      memoryBytes: machine.memoryBytes,
      dns,
      hostDns,
      runtimeName,
      cgroupRoot,
    },
  };
}

/** Looks at the machine and its runtime. A runtime that doesn't answer is part of what is seen. */
export async function observeNode(
  { machine, disk, availableMemoryBytes, runtime }: AgentTools,
  version: NodeObserved['version'],
): Promise<NodeObserved> {
  const [status, images, usage] = await Promise.all([
    runtime.status().catch(() => undefined),
    runtime.listImages().catch(() => []),
    disk(),
  ]);
  return {
    machine,
    disk: usage,
    availableMemoryBytes: availableMemoryBytes(),
    version,
    runtime: status,
    images,
  };
}
