import { readFileSync } from 'node:fs';
import { CommandError, command } from '../command.ts';

export const kubeconfig = command({
  name: 'kubeconfig',
  summary: "Print the administrator's kubeconfig of the cluster",
  details: `Example:
  tutti kubeconfig > ~/cluster.yaml`,
  async run(_, { io, place }) {
    try {
      await io.write(readFileSync(`${place.data}/kubeconfig`));
      return 0;
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code !== 'ENOENT') {
        throw new CommandError(`can't read the kubeconfig in ${place.data}: ${message}`, { cause });
      }
      throw new CommandError(`there is no cluster "${place.name}" here`, {
        advice: 'Start one with "tutti up", or say with --data where it is.',
      });
    }
  },
});
