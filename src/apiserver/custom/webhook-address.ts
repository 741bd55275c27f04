import type { WebhookClientConfig } from '../../api/generated/apiextensions/v1/types.ts';
import type { Service } from '../../api/generated/core/v1/types.ts';
import { endOfService, namedPort } from '../connect/proxies.ts';
import type { WebhookAddress } from '../http/webhook-client.ts';
import type { RegistryParts } from '../registry/parts.ts';

const HTTPS_PORT = 443;

/** How messages name a webhook. */
export function urlOfWebhook({ url, service }: WebhookClientConfig): string {
  if (service === undefined) return url ?? '';
  const { namespace, name, path = '/', port = HTTPS_PORT } = service;
  return `https://${name}.${namespace}.svc:${port}${path}`;
}

/** Where a webhook listens: at its URL, or at one of the pods behind its service. Throws an Error. */
export function addressOfWebhook(
  parts: RegistryParts,
  { url, service, caBundle }: WebhookClientConfig,
): WebhookAddress {
  const ca = caBundle ? Buffer.from(caBundle, 'base64').toString() : undefined;
  if (service === undefined) {
    const { hostname, port, pathname, search, href } = new URL(url ?? '');
    const host = hostname.replace(/^\[|\]$/g, '');
    const at = { host, port: Number(port) || HTTPS_PORT, path: pathname + search };
    return { ...at, serverName: hostname, ca, url: href };
  }
  const { namespace, name, path = '/', port = HTTPS_PORT } = service;
  const found = parts.store.latest(`/registry/services/${namespace}/${name}`)?.value;
  if (found === undefined) throw new Error(`service "${name}" not found`);
  const target = found as Service;
  const serverName = `${name}.${namespace}.svc`;
  const end = endOfService(parts, target, namedPort(target, port));
  return { ...end, path, serverName, ca, url: urlOfWebhook({ service }) };
}
