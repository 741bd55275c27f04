import type { ConfigMap, Namespace, ServiceAccount } from '../../api/generated/core/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';

/** What the controller saw of one namespace. Plain data: no client, no clock. */
export interface Observed {
  readonly namespace: Namespace;
  readonly account: ServiceAccount | undefined;
  readonly rootCa: ConfigMap | undefined;
  /** The certificate that pods should trust, PEM. */
  readonly certificate: string;
}

export type NamespaceAction =
  | { readonly type: 'createAccount'; readonly namespace: string }
  | { readonly type: 'createRootCa'; readonly namespace: string; readonly certificate: string }
  | { readonly type: 'updateRootCa'; readonly configMap: ConfigMap; readonly certificate: string };

/** What each namespace needs before pods can run in it: an account, and a certificate to trust. */
export function reconcileNamespace(observed: Observed): NamespaceAction[] {
  const { namespace, account, rootCa, certificate } = observed;
  const { name, deletionTimestamp } = namespace.metadata;
  if (deletionTimestamp !== undefined) return [];
  const actions: NamespaceAction[] = [];
  if (!account) actions.push({ type: 'createAccount', namespace: name });
  if (!rootCa) actions.push({ type: 'createRootCa', namespace: name, certificate });
  else if (!isEqual(rootCa.data, { 'ca.crt': certificate })) {
    actions.push({ type: 'updateRootCa', configMap: rootCa, certificate });
  }
  return actions;
}
