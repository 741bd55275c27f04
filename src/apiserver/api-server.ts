import type { ResourceDefinition } from '../api/definition.ts';
import type { WebhookClientConfig } from '../api/generated/apiextensions/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Store } from '../store/store.ts';
import { AdmissionChain, type AdmissionPlugin } from './admission/admission.ts';
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from './admission/certificates.ts';
import { defaultTolerations } from './admission/default-tolerations.ts';
import { defaultIngressClass } from './admission/ingress-class.ts';
import { limitRanger } from './admission/limit-ranger.ts';
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts';
import { nodeRestriction } from './admission/node-restriction.ts';
import { nodeTaint } from './admission/node-taint.ts';
import { podResize } from './admission/pod-resize.ts';
import { podSecurity } from './admission/pod-security/pod-security.ts';
import { paramReaderHooks } from './admission/policies/param-readers.ts';
import { priorityAdmission } from './admission/priority.ts';
import { resourceQuota } from './admission/quota/quota.ts';
import { QuotaKeys } from './admission/quota/quota-keys.ts';
import { registeredAdmission } from './admission/registered.ts';
import { Registrations } from './admission/registrations.ts';
import { runtimeClass } from './admission/runtime-class.ts';
import { serviceAccountAdmission } from './admission/service-account.ts';
import { claimResize, defaultStorageClass } from './admission/storage-classes.ts';
import { storageProtection } from './admission/storage-protection.ts';
import type { WebhookParts } from './admission/webhooks/calling.ts';
import type { TokenAuthenticator } from './auth/authenticator.ts';
import { type Authorizer, allowAll } from './auth/authorizer.ts';
import { escalationHooks } from './auth/rbac/escalation.ts';
import type { Policies } from './auth/rbac/policies.ts';
import type { ServiceAccountTokens } from './auth/service-account-tokens.ts';
import { TokenReviewer } from './auth/token-reviewer.ts';
import type { Call } from './call.ts';
import { locateContainerStream, locateLog, locatePortForward } from './connect/pods.ts';
import { locateNodeProxy, locatePodProxy, locateServiceProxy } from './connect/proxies.ts';
import { CustomResources } from './custom/custom-resources.ts';
import { addressOfWebhook, urlOfWebhook } from './custom/webhook-address.ts';
import { createConverters } from './custom/webhook-conversion.ts';
import { adminAccessHooks } from './devices/admin-access.ts';
import { Heart, type HeartParts } from './heart.ts';
import type { WebhookAddress } from './http/webhook-client.ts';
import { postFailure } from './http/webhook-failures.ts';
import type { WriteHooks } from './registry/hooks.ts';
import type { RegistryParts } from './registry/parts.ts';
import { ResourceTable } from './registry/resource-table.ts';
import { ServedResource } from './registry/served-resource.ts';
import type { Subresource } from './registry/subresource.ts';
import { virtualAnswers } from './reviews/answers.ts';
import { AddressRange } from './services/address-range.ts';
import { serviceHooks } from './services/service-hooks.ts';
import { bindPod } from './subresources/binding.ts';
import { evictPod } from './subresources/eviction.ts';
import { type ConnectHandlers, subresourcesOf } from './subresources/subresources.ts';
import { requestToken } from './subresources/token.ts';
import { WatchCache } from './watch/watch-cache.ts';

/** Posts JSON to a webhook. Rejects with an Error that says why there is no answer. */
type PostJson = (
  address: WebhookAddress,
  body: object,
  timeoutSeconds?: number,
) => Promise<unknown>;

/** What an API server is made of. */
export interface ApiServerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store<KubeObject>;
  /** The kinds to serve; more may come and go while it runs. */
  readonly definitions: Iterable<ResourceDefinition>;
  /** Who may do what; everyone everything unless said. */
  readonly authorizer?: Authorizer;
  /** The roles that the authorizer decides by: nobody may give more than they have. */
  readonly policies?: Policies;
  /** The networks of which services get addresses, the preferred one first. */
  readonly serviceCidrs?: readonly string[];
  /** Signs tokens of service accounts; without it there are none. */
  readonly accountTokens?: ServiceAccountTokens | undefined;
  /** Posts JSON to webhooks; without it there are none that could be asked. */
  readonly post?: PostJson;
  /** Who else is known by a token. */
  readonly tokens?: readonly TokenAuthenticator[];
}

/** Where services get their addresses unless told otherwise. */
export const SERVICE_CIDRS = ['10.96.0.0/16'];
const NODE_PORTS = { first: 30000, last: 32767 };

/** An API server without a transport: in-process callers and HTTP share it. */
export interface ApiServer {
  readonly heart: Heart;
  readonly table: ResourceTable;
  readonly parts: HeartParts;
  /** Ends all watches. The store stays open. */
  close(): void;
}

/** Makes an API server that works on the store. */
export function createApiServer(given: ApiServerParts): ApiServer {
  const { definitions, authorizer = allowAll, clock, random, logger, store } = given;
  const table = new ResourceTable();
  const served = servedBy(given);
  table.add([...definitions].map(served));
  const watchCache = new WatchCache(given.store);
  const quotaKeys = new QuotaKeys(store);
  const registrations = new Registrations(store, logger);
  const admission = new AdmissionChain([
    ...builtinPlugins(given),
    ...registeredAdmission(
      { store, table, authorizer, random, logger, call: webhookCaller(() => parts, given) },
      registrations,
    ),
    resourceQuota({ clock, store, table, keys: quotaKeys }),
  ]);
  const outside = { clock, random, logger, store };
  const parts: HeartParts = { ...outside, table, watchCache, admission, authorizer };
  const heart = new Heart(parts);
  const converters = convertersOf(parts, given);
  const custom = new CustomResources({ ...parts, heart, served, converters });
  custom.start();
  registrations.start();
  return {
    heart,
    table,
    parts,
    close() {
      custom.stop();
      registrations.stop();
      watchCache.close();
      quotaKeys.stop();
      given.policies?.close();
    },
  };
}

/** Finds the webhooks that admission asks. */
const webhookCaller =
  (parts: () => HeartParts, { post }: ApiServerParts): WebhookParts['call'] =>
  async (client, body, timeoutSeconds) => {
    if (post === undefined) throw new Error('webhooks are not called here');
    return post(foundWebhook(parts(), client, timeoutSeconds), body, timeoutSeconds);
  };

/** Where a webhook listens. That it can't be found is told as that nothing could be posted to it. */
function foundWebhook(
  parts: HeartParts,
  client: WebhookClientConfig,
  timeoutSeconds: number,
): WebhookAddress {
  try {
    return addressOfWebhook(parts, client);
  } catch (error) {
    throw postFailure(urlOfWebhook(client), timeoutSeconds, error as Error);
  }
}

const CONVERSION_TIMEOUT_SECONDS = 30;

/** Converts custom resources, asking the webhooks of their definitions where they have any. */
function convertersOf(parts: HeartParts, { post }: ApiServerParts) {
  return createConverters(parts.random, async (client, body) => {
    if (post === undefined) throw new Error('webhooks are not called here');
    const address = foundWebhook(parts, client, CONVERSION_TIMEOUT_SECONDS);
    return post(address, body, CONVERSION_TIMEOUT_SECONDS);
  });
}

/** Makes of a definition what is served: with its subresources, and what is written beside it. */
function servedBy(given: ApiServerParts) {
  const { accountTokens, tokens = [], authorizer = allowAll } = given;
  const { serviceCidrs = SERVICE_CIDRS } = given;
  const handlers: ConnectHandlers = new Map<string, Partial<Subresource>>([
    ['pods/attach', { locate: locateContainerStream('attach') }],
    ['pods/binding', { handle: bindPod }],
    ['pods/eviction', { handle: evictPod }],
    ['pods/exec', { locate: locateContainerStream('exec') }],
    ['pods/log', { locate: locateLog }],
    ['pods/portforward', { locate: locatePortForward }],
    ['pods/proxy', { locate: locatePodProxy }],
    ['nodes/proxy', { locate: locateNodeProxy }],
    ['services/proxy', { locate: locateServiceProxy }],
    ...(accountTokens ? [tokenHandler(accountTokens)] : []),
  ]);
  const addresses = serviceCidrs.map((cidr) => new AddressRange(cidr));
  const hooks = new Map<string, WriteHooks>([
    ['/services', serviceHooks({ addresses, nodePorts: NODE_PORTS })],
    ...adminAccessHooks(),
    ...paramReaderHooks(),
    ...(given.policies ? escalationHooks(given.policies, authorizer) : []),
  ]);
  const reviewer = accountTokens && new TokenReviewer(accountTokens, tokens);
  const answers = virtualAnswers(authorizer, reviewer);
  return (definition: ResourceDefinition): ServedResource => {
    const name = `${definition.group}/${definition.plural}`;
    const more = { hooks: hooks.get(name), answers: answers.get(name) };
    return new ServedResource(definition, subresourcesOf(definition, handlers), more);
  };
}

const tokenHandler = (tokens: ServiceAccountTokens) =>
  [
    'serviceaccounts/token',
    { handle: (parts: RegistryParts, call: Call) => requestToken(tokens, parts, call) },
  ] as const;

/** In the order in which kube-apiserver asks them. */
const builtinPlugins = ({
  store,
  random,
  authorizer = allowAll,
}: ApiServerParts): AdmissionPlugin[] => [
  namespaceLifecycle(store),
  limitRanger(store),
  serviceAccountAdmission(store, random),
  nodeRestriction(store),
  nodeTaint,
  podSecurity(store),
  priorityAdmission(store),
  defaultTolerations,
  defaultStorageClass(store),
  storageProtection,
  claimResize(store),
  runtimeClass(store),
  certificateApproval(authorizer),
  certificateSigning(authorizer),
  certificateSubjectRestriction,
  defaultIngressClass(store),
  podResize(store),
];
