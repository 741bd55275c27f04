import { configMaps, serviceAccounts } from '../../api/generated/core/v1/resources.ts';
import type { ConfigMap } from '../../api/generated/core/v1/types.ts';
import { type Controller, source, wrote } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import { isNamespaceTerminating } from '../../client/outcome.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { type NamespaceAction, type Observed, reconcileNamespace } from './reconcile.ts';

const NAME = 'service-account-controller';
const ROOT_CA = 'kube-root-ca.crt';

/** Gives every namespace its `default` ServiceAccount and the cluster's root certificate. */
export function serviceAccountController(
  tools: ControllerTools,
  caches: Pick<Informers, 'namespaces' | 'serviceAccounts'> & {
    /** Only the ConfigMaps named `kube-root-ca.crt`. */
    readonly rootCas: Informer<ConfigMap>;
  },
  certificate: string,
): Controller<Observed, NamespaceAction> {
  const client = tools.clientFor(NAME);

  return {
    name: NAME,
    sources: [
      source(caches.namespaces, ({ metadata }) => [metadata.name]),
      source(caches.serviceAccounts, ({ metadata }) => [metadata.namespace ?? '']),
      source(caches.rootCas, ({ metadata }) => [metadata.namespace ?? '']),
    ],

    observe(key) {
      const namespace = caches.namespaces.lister.get(key);
      if (!namespace) return undefined;
      return {
        namespace,
        account: caches.serviceAccounts.lister.get(`${key}/default`),
        rootCa: caches.rootCas.lister.get(`${key}/${ROOT_CA}`),
        certificate,
      };
    },

    reconcile: reconcileNamespace,

    async execute(action) {
      try {
        switch (action.type) {
          case 'createAccount': {
            const metadata = { name: 'default', namespace: action.namespace };
            const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata } as const;
            return wrote(caches.serviceAccounts, await client.create(serviceAccounts, account));
          }
          case 'createRootCa': {
            const metadata = { name: ROOT_CA, namespace: action.namespace };
            const data = { 'ca.crt': action.certificate };
            const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as const;
            return wrote(caches.rootCas, await client.create(configMaps, configMap));
          }
          case 'updateRootCa': {
            const data = { 'ca.crt': action.certificate };
            const updated = { ...action.configMap, data };
            return wrote(caches.rootCas, await client.update(configMaps, updated));
          }
        }
      } catch (error) {
        // The namespace is going, or another server was faster: there is nothing left to do.
        const isDone = isStatusError(error, 'AlreadyExists', 'NotFound');
        if (isDone || isNamespaceTerminating(error)) return undefined;
        throw error;
      }
    },
  };
}

/** Selects what `rootCas` holds. */
export const ROOT_CA_SELECTOR = `metadata.name=${ROOT_CA}`;
