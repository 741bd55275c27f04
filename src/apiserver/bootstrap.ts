import type { ApiRequest } from '../machinery/api-request.ts';
import { isStatusError } from '../machinery/status.ts';
import type { Heart } from './heart.ts';

const SYSTEM = { name: 'system:apiserver', groups: ['system:masters'] };
const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates what every cluster has from its first moment, where it isn't there. */
export async function bootstrap(heart: Heart): Promise<void> {
  await Promise.all(NAMESPACES.map((name) => ensureNamespace(heart, name)));
}

async function ensureNamespace(heart: Heart, name: string): Promise<void> {
  const request: ApiRequest = {
    verb: 'create',
    group: '',
    version: 'v1',
    plural: 'namespaces',
    options: { fieldManager: 'apiserver' },
    body: { kind: 'Namespace', apiVersion: 'v1', metadata: { name } },
  };
  try {
    await heart.handle(request, SYSTEM);
  } catch (error) {
    if (!isStatusError(error, 'AlreadyExists')) throw error;
  }
}
