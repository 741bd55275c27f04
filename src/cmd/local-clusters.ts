import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalClusters } from '../cli/cluster.ts';
import { findRunning } from './background.ts';
import { dataFolderAt } from './data-folder.ts';

/** Finds clusters of this machine by what their processes have noted, quicker than a kubeconfig. */
export const localClusters: LocalClusters = {
  find({ data }) {
    const folder = dataFolderAt(data);
    try {
      const server = findRunning(folder)?.url;
      if (!server) return undefined;
      const [ca, certificate, key] = ['ca.crt', 'admin.crt', 'admin.key'].map((file) =>
        readFileSync(join(folder.pki, file), 'utf8'),
      );
      return {
        endpoint: { server, ca: ca!, certificate: certificate!, key: key! },
        namespace: 'default',
      };
    } catch {
      return undefined; // Then the kubeconfig tells, or says why it can't.
    }
  },
};
