import type { Pod, Service } from '../../api/generated/core/v1/types.ts';

const API_SERVICE = { namespace: 'default', name: 'kubernetes' };

/**
 * The variables that name services, as `REDIS_SERVICE_HOST` and in Docker's older form. The one of
 * the API server is always there; those of the pod's namespace unless the pod declines.
 */
export function serviceVariables(pod: Pod, services: readonly Service[]): Map<string, string> {
  const { namespace } = pod.metadata;
  const links = pod.spec.enableServiceLinks !== false;
  const wanted = new Map<string, Service>();
  for (const service of services) {
    const { metadata } = service;
    const isApi =
      metadata.name === API_SERVICE.name && metadata.namespace === API_SERVICE.namespace;
    const isNear = metadata.namespace === namespace;
    if (!hasAddress(service) || !(isApi || (isNear && links))) continue;
    if (isNear || !wanted.has(metadata.name)) wanted.set(metadata.name, service);
  }
  const variables = new Map<string, string>();
  for (const name of [...wanted.keys()].sort()) addVariables(variables, wanted.get(name)!);
  return variables;
}

const hasAddress = ({ spec }: Service): boolean =>
  spec.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';

const nameIn = (text: string): string => text.toUpperCase().replaceAll('-', '_');

function addVariables(variables: Map<string, string>, { metadata, spec }: Service): void {
  const { clusterIP: host = '', ports = [] } = spec;
  const prefix = nameIn(metadata.name);
  variables.set(`${prefix}_SERVICE_HOST`, host);
  variables.set(`${prefix}_SERVICE_PORT`, String(ports[0]?.port ?? 0));
  for (const { name, port } of ports) {
    if (name) variables.set(`${prefix}_SERVICE_PORT_${nameIn(name)}`, String(port));
  }
  const shown = host.includes(':') ? `[${host}]` : host;
  for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
    const scheme = protocol.toLowerCase();
    const url = `${scheme}://${shown}:${port}`;
    const one = `${prefix}_PORT_${port}_${protocol}`;
    if (index === 0) variables.set(`${prefix}_PORT`, url);
    variables.set(one, url);
    variables.set(`${one}_PROTO`, scheme);
    variables.set(`${one}_PORT`, String(port));
    variables.set(`${one}_ADDR`, host);
  }
}
