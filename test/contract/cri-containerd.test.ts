// Goal: containerd, spoken to by our client, keeps the promises that the node agent relies on.
import { join } from 'node:path';
import { startTestContainerd } from '../support/containerd.ts';
import { SHELL_IMAGE } from '../support/images.ts';
import { inOwnNetwork } from '../support/own-network.ts';
import { criContract } from './cri.ts';

const shell = (script: string) => ['sh', '-c', script];
const COMMANDS = {
  'exit with 3': shell('test "$GREETING" = hällo && exit 3'),
  'exit with 7 when asked to': shell(
    'trap "exit 7" TERM; touch /tmp/ready; while :; do sleep 0.05; done',
  ),
  'ignore being asked': shell('trap "" TERM; while :; do sleep 0.05; done'),
  'wait until it can be asked': shell('until test -e /tmp/ready; do sleep 0.01; done'),
  sleep: ['sleep', '1000'],
  missing: ['/no/such/program'],
  'say out and err, and exit with 4': shell('echo out; echo err >&2; exit 4'),
};

inOwnNetwork(import.meta.url, () => {
  criContract('containerd', async () => {
    const { folder, containerd, remove } = await startTestContainerd();
    const { runtime } = containerd;
    return {
      runtime,
      image: SHELL_IMAGE,
      commands: COMMANDS,
      logFolder: join(folder, 'logs'),
      stop: remove,
    };
  });
});
