// Goal: containerd, spoken to by our client, keeps the promises that the node agent relies on.
import { join } from 'node:path';
import { startTestContainerd } from '../support/containerd.ts';
import { SHELL_IMAGE } from '../support/images.ts';
import { inOwnNetwork } from '../support/own-network.ts';
import { criContract } from './cri.ts';

inOwnNetwork(import.meta.url, () => {
  criContract('containerd', async () => {
    const { folder, containerd, remove } = await startTestContainerd();
    const { runtime } = containerd;
    return { runtime, image: SHELL_IMAGE, logFolder: join(folder, 'logs'), stop: remove };
  });
});
