import { readText } from '../../client/http/connection.ts';
import type { Cluster } from '../cluster.ts';
import { type CommandContext, CommandError, command } from '../command.ts';
import { outputOption } from '../options.ts';
import { formatValue, outputFormat } from '../output.ts';

export const version = command({
  name: 'version',
  summary: 'Tell the versions of this program and of the cluster',
  options: {
    client: { description: 'Only of this program' },
    output: { ...outputOption, description: 'Print as json or yaml' },
  },
  async run({ options }, context) {
    const { io } = context;
    const format = outputFormat(options.output, ['json', 'yaml']);
    const server = options.client ? undefined : await serverVersion(context);
    const versions: Record<string, string> = {
      tutti: context.version,
      node: process.version,
      ...(server && { server }),
    };
    if (format !== 'table') await io.write(formatValue(versions, format));
    else for (const [name, text] of Object.entries(versions)) io.line(`${name} ${text}`);
    return 0;
  },
});

/** Undefined where there is no cluster: then our own version is all there is to tell. */
async function serverVersion(context: CommandContext): Promise<string | undefined> {
  let cluster: Cluster;
  try {
    cluster = await context.openCluster();
  } catch (error) {
    const { name, data } = context.place.given;
    if (error instanceof CommandError && !name && !data) return undefined;
    throw error;
  }
  const answer = await cluster.connection.open({ method: 'GET', path: '/version' });
  return (JSON.parse(await readText(answer)) as { gitVersion: string }).gitVersion;
}
