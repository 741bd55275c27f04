import { CommandError, command } from '../../cli/command.ts';
import { openDataFolder } from '../data-folder.ts';
import { lineLogger } from '../log.ts';
import { clusterNetworks } from '../networks.ts';
import { COMPONENTS, type Component, startServer } from '../server.ts';
import { clusterOptions, parsePort } from './options.ts';

export const server = command({
  name: 'server',
  summary: 'Run the control plane in the foreground, for service managers',
  details: `Writes the administrator's kubeconfig to DIR/kubeconfig, and ends on SIGTERM.

Examples:
  tutti server --data /var/lib/tutti/main
  tutti server --components api --port 7443`,
  options: {
    ...clusterOptions,
    components: {
      value: 'LIST',
      description: 'What to run, separated by commas',
      default: COMPONENTS.join(','),
    },
  },
  async run({ options }, { clock, random, io, place, signal, version }) {
    const logger = lineLogger((line) => io.note(line.trimEnd()), {
      least: options.verbose ? 'debug' : 'info',
      now: clock.now,
    });
    const folder = openDataFolder(place.data);
    const networks = clusterNetworks(folder, {
      podCidr: options['pod-cidr'],
      serviceCidr: options['service-cidr'],
    });
    const running = await startServer({
      clock,
      random,
      logger,
      folder,
      name: place.name,
      version,
      host: options.host,
      port: parsePort(options.port),
      components: parseComponents(options.components),
      ...networks,
    });
    io.line(`ready ${running.url}`);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await running.stop();
    return 0;
  },
});

function parseComponents(text: string): Component[] {
  return text.split(',').map((word) => {
    const component = COMPONENTS.find((each) => each === word.trim());
    if (component) return component;
    throw new CommandError(`--components doesn't know "${word}"`, {
      advice: `It takes ${COMPONENTS.join(', ')}.`,
    });
  });
}
