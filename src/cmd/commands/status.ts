import { nodes, pods } from '../../api/generated/core/v1/resources.ts';
import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import { humanDuration } from '../../api/human-duration.ts';
import { parseTime } from '../../base/clock.ts';
import { type ClusterTools, openLocalCluster } from '../../cli/cluster.ts';
import { type CommandContext, command } from '../../cli/command.ts';
import { troubleOf } from '../../cli/health.ts';
import { outputOption } from '../../cli/options.ts';
import { formatValue, outputFormat } from '../../cli/output.ts';
import { commandFor } from '../../cli/place.ts';
import { terminalText } from '../../cli/terminal-text.ts';
import { isStatusError } from '../../machinery/status.ts';
import { residentBytes } from '../../runtime/process.ts';
import { findRunning, type RunningCluster } from '../background.ts';
import { clusterName } from '../cluster-name.ts';
import { type DataFolder, dataFolderAt, isDataFolder } from '../data-folder.ts';
import { localClusters } from '../local-clusters.ts';

const TROUBLES_MAX = 10;

export const status = command({
  name: 'status',
  summary: 'Tell whether the cluster runs, and how it is',
  details: 'Exits with 0 when it runs and all its nodes are ready, with 1 otherwise.',
  options: { output: { ...outputOption, description: 'Print as json or yaml' } },
  async run({ options }, context) {
    const { io, place } = context;
    const format = outputFormat(options.output, ['json', 'yaml']);
    const folder = dataFolderAt(place.data);
    const exists = isDataFolder(folder);
    const name = exists ? clusterName(folder, place) : place.name;
    const running = findRunning(folder);
    const facts: Facts = {
      cluster: name,
      running: running !== undefined,
      data: place.data,
      ...(running && (await lookAt(running, folder, context))),
    };
    if (format !== 'table') await io.write(formatValue(facts, format));
    else if (running) {
      for (const line of linesOf(facts, context)) io.line(terminalText(line));
    } else {
      io.note(
        exists
          ? `error: the cluster "${name}" doesn't run`
          : `error: there is no cluster "${name}" on this machine (nothing in ${place.data})`,
      );
      io.note(`Start it with "${commandFor(place, 'up')}".`);
    }
    return running && isWell(facts) ? 0 : 1;
  },
});

/** What is to be told of a cluster; `api` and what stands below it only when it runs. */
interface Facts {
  readonly cluster: string;
  readonly running: boolean;
  readonly data: string;
  readonly server?: string;
  readonly process?: number;
  readonly startedAt?: string;
  readonly memoryMegabytes?: number;
  /** Why the API doesn't answer. */
  readonly failure?: string;
  readonly nodes?: { readonly ready: number; readonly all: number };
  readonly pods?: Readonly<Record<string, number>>;
  /** What is wrong with which node or pod. */
  readonly troubles?: readonly string[];
  readonly log?: string;
}

const isWell = ({ failure, nodes: counted }: Facts): boolean =>
  !failure && (counted === undefined || counted.ready === counted.all);

async function lookAt(
  running: RunningCluster,
  { log }: DataFolder,
  context: CommandContext,
): Promise<Partial<Facts>> {
  const { url, startedAt, process } = running;
  const facts = {
    ...(url && { server: url }),
    process: process.pid,
    startedAt,
    memoryMegabytes: Math.round(residentBytes(process.pid) / 1e6),
  };
  if (!url) return { ...facts, failure: 'it is just starting', log };
  try {
    return { ...facts, ...(await lookInside(context)) };
  } catch (error) {
    if (!isStatusError(error)) throw error;
    return { ...facts, failure: error.message, log };
  }
}

async function lookInside(context: CommandContext): Promise<Partial<Facts>> {
  const tools: ClusterTools = { ...context, local: localClusters };
  const cluster = await openLocalCluster(context.place, tools);
  try {
    const [allNodes, allPods] = await Promise.all([
      cluster.client.list(nodes),
      cluster.client.list(pods),
    ]);
    const phases = new Map<string, number>();
    for (const { status } of allPods.items) {
      const phase = status.phase ?? 'Unknown';
      phases.set(phase, (phases.get(phase) ?? 0) + 1);
    }
    return {
      nodes: { ready: allNodes.items.filter(isReady).length, all: allNodes.items.length },
      pods: Object.fromEntries(phases),
      troubles: [...allNodes.items.flatMap(nodeTrouble), ...allPods.items.flatMap(podTrouble)],
    };
  } finally {
    cluster.close();
  }
}

const readinessOf = ({ status }: Node) => status?.conditions?.find(({ type }) => type === 'Ready');

const isReady = (node: Node): boolean => readinessOf(node)?.status === 'True';

function nodeTrouble(node: Node): string[] {
  if (isReady(node)) return [];
  const { reason, message } = readinessOf(node) ?? {};
  return [`node/${node.metadata.name}: ${reason ?? 'not ready'}${message ? `: ${message}` : ''}`];
}

function podTrouble(pod: Pod): string[] {
  const { namespace, name } = pod.metadata;
  const { phase, reason, message } = pod.status;
  const failure = phase === 'Failed' ? (message ?? reason ?? 'failed') : troubleOf(pod);
  return failure ? [`pod/${name} in ${namespace}: ${failure}`] : [];
}

function linesOf(facts: Facts, { clock }: CommandContext): string[] {
  const { cluster, server, process, memoryMegabytes, startedAt, failure, data, log } = facts;
  const age = humanDuration(clock.now() - (parseTime(startedAt) ?? clock.now()));
  const counts = Object.entries(facts.pods ?? {}).map(([phase, count]) => `${count} ${phase}`);
  const troubles = facts.troubles ?? [];
  const more = troubles.length - TROUBLES_MAX;
  return [
    `cluster   ${cluster}${server ? `, ${server}` : ''}`,
    `process   ${process}, ${memoryMegabytes} MB, for ${age}`,
    ...(failure ? [`API       doesn't answer: ${failure}`] : []),
    ...(facts.nodes ? [`nodes     ${facts.nodes.ready} of ${facts.nodes.all} ready`] : []),
    ...(facts.pods ? [`pods      ${counts.join(', ') || 'none'}`] : []),
    ...troubles
      .slice(0, TROUBLES_MAX)
      .map((text, i) => `${i ? '          ' : 'troubles  '}${text}`),
    ...(more > 0 ? [`          … and ${more} more`] : []),
    `data      ${data}`,
    ...(log ? [`log       ${log}`] : []),
  ];
}
