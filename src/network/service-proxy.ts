import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import { every } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Change, Informer } from '../client/informer.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../machinery/object.ts';
import type { Conntrack, UdpFlow } from '../runtime/conntrack.ts';
import type { NftTableWriter } from '../runtime/nft.ts';
import type { NodePlace } from './endpoint-choice.ts';
import { hostPortsOf, renderHostPorts } from './host-ports.ts';
import { type NodeTableOptions, type RankedPart, renderNodeTable } from './node-table.ts';
import { serviceKeyOf } from './service-facts.ts';
import { isProxied, renderService } from './service-rules.ts';
import type { TablePart } from './table-part.ts';

export interface ServiceProxyTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: NftTableWriter;
  readonly conntrack: Conntrack;
}

/** What the proxy watches. Started by whoever made them. */
export interface ServiceProxyInformers {
  readonly services: Informer<Service>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly pods: Informer<Pod>;
}

export interface ServiceProxyOptions {
  readonly node: NodePlace;
  readonly table: NodeTableOptions;
}

/** A running service proxy. */
export interface ServiceProxy {
  /** Resolves once the table says what the caches say; later changes don't count. */
  settled(): Promise<void>;
}

const COALESCE_MS = 5; // Changes come in bursts; a transaction takes about as long.
const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 30_000;
const TIDY_MS = 2_000;
const CHECK_MS = 30_000;

/**
 * Keeps the node's table equal to the services, endpoints and host ports of the cluster, until the
 * signal aborts. The table then stays: connections go on while we are restarted.
 */
export function startServiceProxy(
  tools: ServiceProxyTools,
  informers: ServiceProxyInformers,
  options: ServiceProxyOptions,
  signal: AbortSignal,
): ServiceProxy {
  const proxy = new RunningProxy(tools, informers, options, signal);
  void proxy.start();
  return proxy;
}

class RunningProxy implements ServiceProxy {
  readonly #tools: ServiceProxyTools;
  readonly #informers: ServiceProxyInformers;
  readonly #options: ServiceProxyOptions;
  readonly #signal: AbortSignal;
  readonly #slices = new Map<ObjectKey, Map<ObjectKey, EndpointSlice>>();
  /** By `service KEY` and `pod KEY`. */
  readonly #parts = new Map<string, RankedPart>();
  readonly #dirtyServices = new Set<ObjectKey>();
  readonly #dirtyPods = new Set<ObjectKey>();
  readonly #goneFlows = new Map<string, UdpFlow>();
  #cancelPass: Cancel | undefined;
  #passing = false;
  #isWanted = true;
  #retryMs = RETRY_FIRST_MS;
  #waiting: (() => void)[] = [];

  constructor(
    tools: ServiceProxyTools,
    informers: ServiceProxyInformers,
    options: ServiceProxyOptions,
    signal: AbortSignal,
  ) {
    this.#tools = tools;
    this.#informers = informers;
    this.#options = options;
    this.#signal = signal;
  }

  async start(): Promise<void> {
    const { services, endpointSlices, pods } = this.#informers;
    // A half-filled cache would take the rules of running connections away.
    await Promise.all([services.synced, endpointSlices.synced, pods.synced]);
    if (this.#signal.aborted) return;
    const { name } = this.#options.node;
    const cancels = [
      endpointSlices.subscribe((change) => this.#changeSlice(change)),
      services.subscribe((change) => this.#want(this.#dirtyServices, change)),
      pods.subscribe((change) => {
        if (hasHostPorts(change.before, name) || hasHostPorts(change.after, name)) {
          this.#want(this.#dirtyPods, change);
        }
      }),
      every(this.#tools.clock, CHECK_MS, () => void this.#check()),
      () => this.#cancelPass?.(),
    ];
    this.#signal.addEventListener('abort', () => cancels.forEach((cancel) => void cancel()), {
      once: true,
    });
    this.#schedule(0);
  }

  settled(): Promise<void> {
    if (!this.#isWanted && !this.#passing) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changeSlice({ before, after }: Change<EndpointSlice>): void {
    for (const slice of [before, after]) {
      const service = slice && serviceKeyOf(slice);
      if (!slice || service === undefined) continue;
      const slices = this.#slices.get(service) ?? new Map<ObjectKey, EndpointSlice>();
      if (slice === after) slices.set(keyOf(slice), slice);
      else slices.delete(keyOf(slice));
      if (slices.size > 0) this.#slices.set(service, slices);
      else this.#slices.delete(service);
      this.#dirtyServices.add(service);
    }
    this.#schedule(COALESCE_MS);
  }

  #want(dirty: Set<ObjectKey>, { before, after }: Change<KubeObject>): void {
    dirty.add(keyOf((after ?? before)!));
    this.#schedule(COALESCE_MS);
  }

  #schedule(delayMs: number): void {
    this.#isWanted = true;
    if (this.#passing || this.#cancelPass || this.#signal.aborted) return;
    this.#cancelPass = this.#tools.clock.after(delayMs, () => void this.#pass());
  }

  async #pass(): Promise<void> {
    this.#cancelPass = undefined;
    this.#passing = true;
    this.#isWanted = false;
    const delayMs = await this.#apply();
    this.#passing = false;
    if (delayMs > 0) this.#schedule(delayMs);
    else this.#rest();
  }

  /** Goes on if there is more to do; else tells those who wait for that. */
  #rest(): void {
    if (this.#isWanted) this.#schedule(COALESCE_MS);
    else for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Writes the table; answers when to try again, 0 for not at all. */
  async #apply(): Promise<number> {
    const { clock, logger, writer, conntrack } = this.#tools;
    this.#renderDirty();
    try {
      await writer.write(renderNodeTable(this.#parts.values(), this.#options.table));
    } catch (error) {
      const delayMs = this.#retryMs;
      this.#retryMs = Math.min(2 * delayMs, RETRY_MAX_MS);
      logger.warn('service rules not written, trying again', { delayMs, error });
      return delayMs;
    }
    this.#retryMs = RETRY_FIRST_MS;
    const gone = [...this.#goneFlows.values()];
    this.#goneFlows.clear();
    await conntrack.forget(gone);
    clock.after(TIDY_MS, () => void this.#tidy());
    return 0;
  }

  #renderDirty(): void {
    const { node, table } = this.#options;
    const { services, pods } = this.#informers;
    const context = { node, masqueradeMark: table.masqueradeMark };
    for (const key of this.#dirtyServices) {
      const service = services.lister.get(key);
      const slices = [...(this.#slices.get(key)?.values() ?? [])];
      const part = service && isProxied(service) && renderService(service, slices, context);
      this.#replace(`service ${key}`, service, part || undefined);
    }
    for (const key of this.#dirtyPods) {
      const pod = pods.lister.get(key);
      const part = pod && renderHostPorts(pod, context);
      this.#replace(`pod ${key}`, pod, part && part.chains.size > 0 ? part : undefined);
    }
    this.#dirtyServices.clear();
    this.#dirtyPods.clear();
  }

  #replace(id: string, object: KubeObject | undefined, part: TablePart | undefined): void {
    const before = this.#parts.get(id)?.part.udpFlows ?? [];
    for (const flow of before) this.#goneFlows.set(flowId(flow), flow);
    for (const flow of part?.udpFlows ?? []) this.#goneFlows.delete(flowId(flow));
    // The older object has what two claim.
    const rank = `${object?.metadata.creationTimestamp} ${id}`;
    if (part) this.#parts.set(id, { rank, part });
    else this.#parts.delete(id);
  }

  /** Between passes only: the writer's calls must not overlap. */
  async #tidy(): Promise<void> {
    if (this.#passing || this.#signal.aborted) return;
    await this.#alone(() => this.#tools.writer.tidy());
  }

  async #check(): Promise<void> {
    if (this.#passing || this.#signal.aborted) return;
    await this.#alone(async () => {
      if (await this.#tools.writer.isPresent()) return;
      this.#tools.logger.warn('somebody removed the service rules, writing them again');
      this.#tools.writer.forget();
      this.#isWanted = true;
    });
  }

  async #alone(task: () => Promise<void>): Promise<void> {
    this.#passing = true;
    try {
      await task();
    } catch (error) {
      this.#tools.logger.warn('service rules are not as expected, writing all again', { error });
      this.#tools.writer.forget();
      this.#isWanted = true;
    }
    this.#passing = false;
    this.#rest();
  }
}

const hasHostPorts = (pod: Pod | undefined, node: string): boolean =>
  pod?.spec.nodeName === node && hostPortsOf(pod).length > 0;

const flowId = ({ address, port, endpoint }: UdpFlow): string => `${address} ${port} ${endpoint}`;
