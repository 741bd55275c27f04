import { readFileSync } from 'node:fs';
import { type CommandContext, CommandError, command } from '../../cli/command.ts';
import { readKubeconfig, targetOf } from '../../cli/kubeconfig.ts';
import { kubeconfigFor } from '../../cli/kubeconfig-entries.ts';
import { commandFor } from '../../cli/place.ts';
import { checkDns1123Subdomain } from '../../machinery/validation/names.ts';
import { toYaml } from '../../machinery/yaml-writer.ts';
import { dataFolderAt } from '../data-folder.ts';
import { Pki } from '../pki.ts';

export const kubeconfig = command({
  name: 'kubeconfig',
  summary: 'Print the kubeconfig of the administrator, or of a node',
  details: `Whoever has it may do all that its user may: keep it like a key. That of a node lets "tutti
agent" run the node of that name on another machine, and is good for a year.

Examples:
  tutti kubeconfig > ~/cluster.yaml
  tutti kubeconfig --node worker-1 > worker-1.yaml`,
  options: {
    node: {
      value: 'NAME',
      description: 'For the node of this name, rather than the administrator',
    },
  },
  async run({ options }, context) {
    const { io, place } = context;
    const admin = readAdmin(context);
    if (options.node === undefined) await io.write(admin);
    else await io.write(nodeKubeconfig(options.node, `${place.data}/kubeconfig`, context));
    return 0;
  },
});

function readAdmin({ place }: CommandContext): Buffer {
  try {
    return readFileSync(`${place.data}/kubeconfig`);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT') {
      throw new CommandError(`can't read the kubeconfig in ${place.data}: ${message}`, { cause });
    }
    throw new CommandError(`there is no cluster "${place.name}" here`, {
      advice: `Start one with "${commandFor(place, 'up')}", or say with --data where it is.`,
    });
  }
}

const LOOPBACK = /^(127\.[\d.]+|localhost|\[::1\])$/;

/** A kubeconfig by which a node is itself and nobody else. */
function nodeKubeconfig(
  node: string,
  admin: string,
  { place, clock, random }: CommandContext,
): string {
  const [problem] = checkDns1123Subdomain(node);
  if (problem) throw new CommandError(`"${node}" is no name for a node: ${problem}`);
  const { server, ca } = targetOf(readKubeconfig(admin) ?? {}, admin, undefined).endpoint;
  if (LOOPBACK.test(new URL(server).hostname)) {
    throw new CommandError(`the API server answers on this machine alone, at ${server}`, {
      advice: 'Start the cluster with --host and an address that the node reaches.',
    });
  }
  const pki = new Pki(dataFolderAt(place.data).pki, clock, random);
  const { cert: certificate, key } = pki.issue({
    subject: { commonName: `system:node:${node}`, organizations: ['system:nodes'] },
    usages: ['client'],
  });
  return toYaml(kubeconfigFor(place.name, { server, ...(ca && { ca }), certificate, key }));
}
