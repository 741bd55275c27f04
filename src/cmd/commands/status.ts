import { stringify } from 'yaml';
import { nodes, pods } from '../../api/generated/core/v1/resources.ts';
import { CommandError, command } from '../../cli/command.ts';
import { outputOption } from '../../cli/options.ts';
import { outputFormat } from '../../cli/output.ts';
import { residentBytes } from '../../runtime/process.ts';
import { findRunning } from '../background.ts';
import { dataFolderAt } from '../data-folder.ts';

export const status = command({
  name: 'status',
  summary: 'Tell whether the cluster runs, and how it is doing',
  details: 'Exits with 0 when it runs and all its nodes are ready, with 1 otherwise.',
  options: { output: outputOption },
  async run({ options }, context) {
    const { io, place } = context;
    const folder = dataFolderAt(place.data);
    const running = findRunning(folder);
    if (!running) {
      throw new CommandError(`the cluster "${place.name}" doesn't run`, {
        advice: 'Start it with "tutti up".',
      });
    }
    const cluster = await context.openCluster();
    const [nodeList, podList] = await Promise.all([
      cluster.client.list(nodes),
      cluster.client.list(pods),
    ]);
    const isReady = (object: {
      status?: { conditions?: readonly { type: string; status: string }[] };
    }) =>
      object.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
    const readyNodes = nodeList.items.filter(isReady).length;
    const phases = new Map<string, number>();
    for (const pod of podList.items) {
      const phase = pod.status.phase ?? 'Unknown';
      phases.set(phase, (phases.get(phase) ?? 0) + 1);
    }
    const facts = {
      cluster: place.name,
      server: running.url,
      process: running.process.pid,
      startedAt: running.startedAt,
      memoryMegabytes: Math.round(residentBytes(running.process.pid) / 1e6),
      nodes: { ready: readyNodes, all: nodeList.items.length },
      pods: { ready: podList.items.filter(isReady).length, ...Object.fromEntries(phases) },
      data: place.data,
    };
    const format = outputFormat(options.output);
    if (format === 'json') io.line(JSON.stringify(facts, null, 2));
    else if (format === 'yaml') await io.write(stringify(facts));
    else {
      io.line(`cluster  ${place.name}, ${running.url}`);
      io.line(`process  ${facts.process}, ${facts.memoryMegabytes} MB, since ${facts.startedAt}`);
      io.line(`nodes    ${readyNodes} of ${nodeList.items.length} ready`);
      const counts = [...phases].map(([phase, count]) => `${count} ${phase}`).join(', ');
      io.line(`pods     ${counts || 'none'}`);
      io.line(`data     ${place.data}`);
    }
    return readyNodes === nodeList.items.length && readyNodes > 0 ? 0 : 1;
  },
});
