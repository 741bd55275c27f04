import { secrets, services } from '../api/generated/core/v1/resources.ts';
import { ingressClasses } from '../api/generated/networking/v1/resources.ts';
import type { Ingress, IngressServiceBackend } from '../api/generated/networking/v1/types.ts';
import { type ClusterReader, HIDDEN, ifAllowed } from './cluster-reader.ts';
import { type Evidence, type Explanation, explained, untried } from './explanation.ts';
import { explainService } from './service.ts';

const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';
/** How controllers were chosen before there were classes; some go by it still. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** Why an Ingress leads nobody to its services, if so. */
export async function explainIngress(
  ingress: Ingress,
  reader: ClusterReader,
  time: { readonly now: number },
): Promise<Explanation> {
  const classFault = await faultOfClass(ingress, reader);
  const backends = await Promise.all(
    backendsOf(ingress).map((backend) => explainBackend(ingress, backend, reader, time)),
  );
  const missing = [
    ...backends.flatMap(({ fault }) => fault ?? []),
    ...(await missingSecrets(ingress, reader)),
  ];
  const causes = backends.flatMap(({ cause }) => cause ?? []);
  const evidence = [...(classFault?.evidence ?? []), ...missing];
  const say = (parts: Pick<Explanation, 'state' | 'summary'> & Partial<Explanation>) =>
    explained(ingress, { evidence, causes, ...parts });
  if (classFault) return say({ state: 'wrong', summary: classFault.text });
  if (missing.length > 0) {
    return say({ state: 'wrong', summary: "it refers to something that isn't there" });
  }
  if (causes.some(({ state }) => state === 'wrong')) {
    return say({ state: 'wrong', summary: 'a service that it leads to does not answer' });
  }
  if (!ingress.status?.loadBalancer?.ingress?.length) {
    const text = 'see that the ingress controller of its class runs';
    const summary = 'no ingress controller has given it an address';
    return say({ state: 'waiting', summary, advice: [untried(text)] });
  }
  const state = causes.length > 0 ? 'waiting' : 'well';
  return say({ state, summary: 'it has an address, and the services that it leads to are there' });
}

/** Nobody serves an Ingress without a class, or of one that isn't there. */
async function faultOfClass(
  { spec, metadata }: Ingress,
  reader: ClusterReader,
): Promise<{ text: string; evidence: Evidence[] } | undefined> {
  if (metadata.annotations?.[CLASS_ANNOTATION]) return undefined;
  const known = await ifAllowed(reader.list(ingressClasses));
  if (known === HIDDEN) return undefined;
  const names = known.map((each) => each.metadata.name);
  const text = names.length > 0 ? `there are ${names.join(', ')}` : 'there are none at all';
  const evidence = [{ subject: 'ingress classes', text }];
  const { ingressClassName: wanted } = spec ?? {};
  if (wanted !== undefined) {
    if (names.includes(wanted)) return undefined;
    return { text: `there is no ingress class "${wanted}"`, evidence };
  }
  const hasDefault = known.some((each) => each.metadata.annotations?.[DEFAULT_CLASS] === 'true');
  return hasDefault ? undefined : { text: 'it has no class, and none is the default', evidence };
}

/** The services that it names, each port of them once. */
function backendsOf({ spec = {} }: Ingress): IngressServiceBackend[] {
  const all = [
    spec.defaultBackend,
    ...(spec.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend)),
  ];
  const found = new Map<string, IngressServiceBackend>();
  for (const each of all) {
    if (each?.service) found.set(JSON.stringify(each.service), each.service);
  }
  return [...found.values()];
}

async function explainBackend(
  { metadata: { namespace } }: Ingress,
  { name, port }: IngressServiceBackend,
  reader: ClusterReader,
  time: { readonly now: number },
): Promise<{ fault?: Evidence; cause?: Explanation }> {
  const service = await reader.find(services, { namespace, name });
  const subject = `service ${name}`;
  if (!service) return { fault: { subject, text: `there is no such service in ${namespace}` } };
  const ports = service.spec.ports ?? [];
  const isThere = ports.some((each) =>
    port?.name ? each.name === port.name : each.port === port?.number,
  );
  if (!isThere) {
    const known = ports.map((each) => (each.name ? `${each.port} (${each.name})` : each.port));
    const text = `has no port ${port?.name ?? port?.number}; it has ${known.join(', ') || 'none'}`;
    return { fault: { subject, text } };
  }
  const found = await explainService(service, reader, time);
  return found.state === 'well' ? {} : { cause: found };
}

async function missingSecrets(
  { spec, metadata: { namespace } }: Ingress,
  reader: ClusterReader,
): Promise<Evidence[]> {
  const names = new Set((spec?.tls ?? []).flatMap(({ secretName }) => secretName ?? []));
  const found = [...names].map(async (name) => ({
    name,
    secret: await reader.findIfAllowed(secrets, { namespace, name }),
  }));
  return (await Promise.all(found))
    .filter(({ secret }) => secret === undefined)
    .map(({ name }) => ({
      subject: `secret ${name}`,
      text: `there is no such Secret in ${namespace}, and TLS needs it`,
    }));
}
