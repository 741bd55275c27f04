import { pods, services } from '../api/generated/core/v1/resources.ts';
import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import { Informer } from '../client/informer.ts';
import { BY_NAMESPACE } from '../client/lister.ts';
import type { Cgroups } from '../runtime/cgroups.ts';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type { DnsConfig } from '../runtime/cri-types.ts';
import type { ReadLogOptions } from '../runtime/log-files.ts';
import type { DiskUsage, MachineFacts } from '../runtime/machine.ts';
import type { PodFiles } from '../runtime/pod-files.ts';
import type { ProbeTransport } from '../runtime/probe-transport.ts';
import { refusalOf } from './admission.ts';
import { agentMetrics } from './agent-metrics.ts';
import { createWorkerTools, observeNode } from './agent-parts.ts';
import { Caretaker, type CaretakerTools } from './caretaker.ts';
import { createNodeApi, type NodeApi } from './node-api.ts';
import type { NodeOptions } from './node-object.ts';
import { NodeReporter } from './node-reporter.ts';
import { Outage } from './outage.ts';
import { isTerminal } from './pod-status.ts';
import { PodWorker } from './pod-worker.ts';
import { RuntimeCache } from './runtime-cache.ts';
import { RuntimeWatch } from './runtime-watch.ts';
import type { ClusterDns } from './spec/dns.ts';
import { podFromSandbox } from './spec/labels.ts';
import type { WorkerTools } from './worker-tools.ts';

/** What a node agent works with: all that is outside of it. */
export interface AgentTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly files: PodFiles;
  readonly cgroups: Cgroups;
  readonly transport: ProbeTransport;
  readonly machine: MachineFacts;
  readonly disk: () => Promise<DiskUsage>;
  /** Images may be on another one, in a runtime that isn't ours. */
  readonly imageDisk: () => Promise<DiskUsage>;
  readonly availableMemoryBytes: () => number;
  readonly hostDns: DnsConfig;
  readonly logTail: (
    path: string,
    limits: { maxLines: number; maxBytes: number },
  ) => Promise<string>;
  readonly readLog: (
    path: string,
    options: ReadLogOptions,
    signal: AbortSignal,
  ) => AsyncIterable<Uint8Array>;
  readonly rotateLog: CaretakerTools['rotateLog'];
}

export interface AgentOptions extends NodeOptions {
  /**
   * Marks this agent's pods in the runtime, which others may share: it sees no others. Must stay
   * the same over restarts.
   */
  readonly owner: string;
  readonly dns: ClusterDns;
  /** `/kubepods`: below it every pod has a cgroup. */
  readonly cgroupRoot: string;
  /** Whether others use the runtime, too: then images that our pods never used aren't ours. */
  readonly sharesRuntime?: boolean;
}

/** The node agent: the kubelet's role. Runs the pods that the API gives to its node. */
export class NodeAgent {
  /** What others may ask of the node. */
  readonly api: NodeApi;
  readonly #tools: AgentTools;
  readonly #options: AgentOptions;
  readonly #stop = new AbortController();
  readonly #workers = new Map<string, PodWorker>();
  readonly #cache: RuntimeCache;
  readonly #outage: Outage;
  readonly #watch: RuntimeWatch;
  readonly #pods: Informer<Pod>;
  readonly #services: Informer<Service>;
  #workerTools: WorkerTools | undefined;

  constructor(tools: AgentTools, options: AgentOptions) {
    const { runtime, files, logTail } = tools;
    this.#tools = tools;
    this.#options = options;
    const onChange = (uid: string) => this.#runtimeChanged(uid);
    this.#cache = new RuntimeCache({ runtime, files, logTail }, options.owner, onChange);
    this.#outage = new Outage(tools.clock, tools.logger);
    this.#watch = new RuntimeWatch({ ...tools, outage: this.#outage }, this.#cache, {
      pods: () => this.#workers.values(),
      onSeen: () => this.#adoptOrphans(),
    });
    this.#pods = new Informer(tools, pods, { fieldSelector: `spec.nodeName=${options.name}` });
    this.#services = new Informer(tools, services);
    this.api = createNodeApi({
      ...tools,
      pods: () => this.pods(),
      runtimeOf: (uid) => this.#cache.get(uid),
      metrics: () => agentMetrics(this.#cache.podUids().map((uid) => this.#cache.get(uid))),
    });
  }

  /** The pods that the agent knows, with their statuses as last computed. */
  pods(): { readonly pod: Pod; readonly status: Pod['status'] }[] {
    return Array.from(this.#workers.values(), ({ pod, status }) => ({ pod, status }));
  }

  /**
   * Resolves once pods are worked on. What runs already goes on untouched. Rejects when the
   * runtime doesn't answer.
   */
  async start(): Promise<void> {
    const { runtime, logger } = this.#tools;
    const { signal } = this.#stop;
    const [version, disk] = await Promise.all([
      runtime.version(),
      this.#tools.disk(),
      this.#cache.relist(),
    ]);
    this.#workerTools = createWorkerTools(this.#tools, this.#options, {
      cache: this.#cache,
      outage: this.#outage,
      disk,
      runtimeName: version.name,
      services: (pod) => this.#servicesFor(pod),
      onReference: (uid) => this.#workers.get(uid)?.referencesChanged(),
    });
    this.#pods.start(signal);
    this.#services.start(signal);
    const observe = () => observeNode(this.#tools, version);
    const reporterTools = { ...this.#tools, events: this.#workerTools.events, observe };
    void new NodeReporter(reporterTools, this.#options, signal).run();
    await Promise.race([this.#pods.synced, aborted(signal)]);
    if (signal.aborted) return;
    this.#pods.subscribe(({ before, after }) => this.#podChanged(before, after));
    this.#adoptOrphans();
    this.#watch.start(signal);
    const cared = {
      isKnown: (uid: string) => this.#workers.has(uid),
      workers: () => this.#workers.values(),
    };
    new Caretaker(this.#workerTools, this.#tools, cared, this.#options).start(signal);
    logger.info('node agent started', { node: this.#options.name, pods: this.#workers.size });
  }

  /** Aborts when the agent stops. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  /** Lets go of everything. Containers run on. */
  stop(): void {
    this.#stop.abort();
    for (const worker of this.#workers.values()) worker.stop();
  }

  async #servicesFor({ metadata }: Pod): Promise<Service[]> {
    await this.#services.synced;
    const { lister } = this.#services;
    const near = lister.byIndex(BY_NAMESPACE, metadata.namespace ?? '');
    const api = lister.get('default/kubernetes');
    return api ? [...near, api] : near;
  }

  #podChanged(before: Pod | undefined, after: Pod | undefined): void {
    // One of the same name may have taken its place between two looks.
    if (before && before.metadata.uid !== after?.metadata.uid) {
      this.#workers.get(before.metadata.uid)?.removed();
    }
    if (!after) return;
    const worker = this.#workers.get(after.metadata.uid);
    if (worker) worker.update(after);
    else this.#admit(after);
  }

  /** Takes a pod on, or refuses it: then it has failed, and says why. */
  #admit(pod: Pod): void {
    const begun = pod.status.startTime !== undefined || isTerminal(pod.status);
    const isNew = !begun && pod.metadata.deletionTimestamp === undefined;
    const { allocatable } = this.#workerTools!.node;
    const others = this.pods().filter(({ status }) => !isTerminal(status));
    const refusal =
      isNew &&
      refusalOf(
        pod,
        others.map((other) => other.pod),
        allocatable,
      );
    const worker = this.#work(pod);
    if (!refusal) return;
    const { reason, message } = refusal;
    this.#workerTools!.events.record(pod, { type: 'Warning', reason, message });
    worker.end(refusal);
  }

  #work(pod: Pod): PodWorker {
    const { uid } = pod.metadata;
    const worker = new PodWorker(this.#workerTools!, pod, () => this.#workers.delete(uid));
    this.#workers.set(uid, worker);
    return worker;
  }

  /** Pods that the API doesn't know (any more) have no business here. */
  #adoptOrphans(): void {
    for (const uid of this.#cache.podUids()) {
      if (this.#workers.has(uid)) continue;
      const [sandbox] = this.#cache.get(uid).sandboxes;
      if (sandbox) this.#work(podFromSandbox(sandbox)).removed();
    }
  }

  #runtimeChanged(uid: string): void {
    this.#workers.get(uid)?.poke();
    this.#watch.changed();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
