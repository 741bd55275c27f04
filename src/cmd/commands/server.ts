import { rmSync } from 'node:fs';
import { toTime } from '../../base/clock.ts';
import { CommandError, command } from '../../cli/command.ts';
import { untilAborted } from '../aborting.ts';
import { noteRunning } from '../background.ts';
import { dnsAddressIn, publishFacts } from '../cluster-facts.ts';
import { clusterName } from '../cluster-name.ts';
import { openDataFolder } from '../data-folder.ts';
import { lockFolder } from '../folder-lock.ts';
import { lineLogger } from '../log.ts';
import { clusterNetworks, machineAddresses } from '../networks.ts';
import { COMPONENTS, type Component, startServer } from '../server.ts';
import { clusterOptions, parsePort } from './options.ts';

export const server = command({
  name: 'server',
  summary: 'Run the control plane in the foreground',
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
    const port = parsePort(options.port);
    const components = parseComponents(options.components);
    const folder = openDataFolder(place.data);
    lockFolder(folder, 'server');
    const asked = { podCidr: options['pod-cidr'], serviceCidr: options['service-cidr'] };
    const networks = clusterNetworks(folder, asked, { taken: machineAddresses() });
    const running = await startServer({
      clock,
      random,
      logger,
      folder,
      name: clusterName(folder, place),
      version,
      host: options.host,
      port,
      components,
      ...networks,
    });
    const { url, clientFor } = running;
    noteRunning(folder.running, { url, startedAt: toTime(clock.now()) });
    const stop = new AbortController();
    if (components.includes('controllers')) {
      const dnsAddress = dnsAddressIn(networks.serviceCidr);
      await publishFacts(clientFor('tutti'), { ...networks, dnsAddress });
      const { startBalancer } = await import('../balancer.ts');
      startBalancer({ clock, random, logger, clientFor }, stop.signal);
    }
    io.line(`ready ${url}`);
    await untilAborted(AbortSignal.any([signal, running.lost]));
    stop.abort();
    await running.stop();
    rmSync(folder.running, { force: true });
    return running.lost.aborted ? 1 : 0;
  },
});

function parseComponents(text: string): Component[] {
  const components = text.split(',').map((word) => {
    const component = COMPONENTS.find((each) => each === word.trim());
    if (component) return component;
    throw new CommandError(`--components doesn't know "${word}"`, {
      advice: `It takes ${COMPONENTS.join(', ')}.`,
    });
  });
  if (components.includes('api')) return components;
  throw new CommandError('--components lacks api', {
    advice: 'The others work on the store in this process, so it has to be one of them.',
  });
}
