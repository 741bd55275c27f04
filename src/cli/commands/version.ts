import { stringify } from 'yaml';
import { readText } from '../../client/http/connection.ts';
import { CommandError, command } from '../command.ts';
import { outputOption } from '../options.ts';
import { outputFormat } from '../output.ts';

export const version = command({
  name: 'version',
  summary: 'Tell the versions of this program and of the cluster',
  options: {
    client: { description: 'Only of this program' },
    output: outputOption,
  },
  async run({ options }, context) {
    const { io } = context;
    const versions: Record<string, string> = { tutti: context.version, node: process.version };
    if (!options.client) {
      try {
        const cluster = await context.openCluster();
        const answer = await cluster.connection.open({ method: 'GET', path: '/version' });
        versions.server = (JSON.parse(await readText(answer)) as { gitVersion: string }).gitVersion;
      } catch (error) {
        if (!(error instanceof CommandError)) throw error; // No cluster: only our own, then.
      }
    }
    const format = outputFormat(options.output);
    if (format === 'json') io.line(JSON.stringify(versions, null, 2));
    else if (format === 'yaml') await io.write(stringify(versions));
    else for (const [name, text] of Object.entries(versions)) io.line(`${name} ${text}`);
    return 0;
  },
});
