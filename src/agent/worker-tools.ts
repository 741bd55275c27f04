import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Cgroups } from '../runtime/cgroups.ts';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type { DnsConfig } from '../runtime/cri-types.ts';
import type { PodFiles } from '../runtime/pod-files.ts';
import type { ImagePuller } from './image-puller.ts';
import type { HookTools } from './lifecycle-hook.ts';
import type { Outage } from './outage.ts';
import type { ProberTools } from './prober.ts';
import type { PodReferences } from './references.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import type { ClusterDns } from './spec/dns.ts';
import type { StatusWriter } from './status-writer.ts';
import type { TokenSource } from './volumes/token-source.ts';

/** What pods are told about their node. */
export interface NodeContext {
  readonly name: string;
  /** Marks this agent's sandboxes and containers in the runtime. */
  readonly owner: string;
  /** One per family, the primary one first. */
  readonly hostIps: readonly string[];
  readonly allocatable: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
  readonly dns: ClusterDns;
  readonly hostDns: DnsConfig;
  /** `containerd` */
  readonly runtimeName: string;
  /** Below it every pod has a cgroup. */
  readonly cgroupRoot: string;
}

/** What the workers of all pods share. */
export interface WorkerTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly runtime: ContainerRuntime;
  readonly cache: RuntimeCache;
  readonly outage: Outage;
  readonly files: PodFiles;
  readonly cgroups: Cgroups;
  readonly images: ImagePuller;
  readonly references: PodReferences;
  readonly tokens: TokenSource;
  readonly prober: ProberTools;
  readonly hooks: HookTools;
  readonly statuses: StatusWriter;
  readonly node: NodeContext;
  /** Services that containers may be told about, once they are known. */
  readonly services: (pod: Pod) => Promise<readonly Service[]>;
}
