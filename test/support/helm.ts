import { request } from 'node:https';
import { gzipSync } from 'node:zlib';
import { isMap } from '../../src/machinery/member.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { parseYaml } from '../../src/machinery/yaml.ts';

/** An answer, with its body read as JSON. */
export interface Answered {
  readonly status: number;
  readonly body: KubeObject & {
    readonly items?: readonly KubeObject[];
    readonly message?: string;
    readonly reason?: string;
  };
}

/** A kind as discovery tells of it. */
interface Mapping {
  readonly path: string;
  readonly isNamespaced: boolean;
}

const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const STATUS_LABEL = { deployed: 'deployed', superseded: 'superseded' } as const;

/**
 * Speaks to an API server as Helm does: finds kinds by discovery, keeps releases as Secrets, and
 * changes objects by three-way patches.
 */
export class HelmClient {
  readonly #server: URL;
  readonly #options: { readonly ca: string; readonly headers: Record<string, string> };
  #mappings = new Map<string, Mapping>();

  /** Takes the text of a kubeconfig that has a token. */
  constructor(kubeconfig: string) {
    const { clusters, users } = parseYaml(kubeconfig).value as {
      clusters: { cluster: Record<string, string> }[];
      users: { user: { token: string } }[];
    };
    const { server, 'certificate-authority-data': ca } = clusters[0]!.cluster;
    this.#server = new URL(server!);
    this.#options = {
      ca: Buffer.from(ca!, 'base64').toString(),
      headers: { authorization: `Bearer ${users[0]!.user.token}`, 'user-agent': 'Helm/3.19.0' },
    };
  }

  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const about =
      text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const all = { accept: 'application/json', ...about, ...this.#options.headers, ...headers };
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.#server);
      const sent = request(url, { method, ca: this.#options.ca, headers: all }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { statusCode: status = 0 } = response;
          const answer = Buffer.concat(chunks).toString();
          try {
            resolve({ status, body: JSON.parse(answer) });
          } catch (error) {
            reject(new Error(`${method} ${path}: ${status} ${answer}`, { cause: error }));
          }
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  /** Learns which kinds there are: before the first manifest, and after definitions came. */
  async discover(): Promise<void> {
    this.#mappings = new Map();
    for (const path of ['/api', '/apis']) {
      const { body } = await this.send('GET', path, undefined, { accept: DISCOVERY });
      for (const { metadata, versions } of (body.items ?? []) as unknown as DiscoveredGroup[]) {
        for (const { version, resources } of versions) {
          const group = metadata.name ?? '';
          const apiVersion = group ? `${group}/${version}` : version;
          for (const { resource, responseKind, scope } of resources) {
            const mapping = {
              path: `${path}/${apiVersion}`,
              isNamespaced: scope === 'Namespaced',
            };
            this.#mappings.set(`${apiVersion} ${responseKind.kind}`, {
              ...mapping,
              path: `${mapping.path}//${resource}`,
            });
          }
        }
      }
    }
  }

  /** Whether a kind is known; as Helm asks before it takes a manifest. */
  knows({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
    return this.#mappings.has(`${apiVersion} ${kind}`);
  }

  /** The path of an object, or of its collection. */
  pathOf({ apiVersion, kind, metadata }: KubeObject, isCollection = false): string {
    const mapping = this.#mappings.get(`${apiVersion} ${kind}`);
    if (!mapping) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
    const scope = mapping.isNamespaced ? `/namespaces/${metadata.namespace ?? 'default'}/` : '/';
    return mapping.path.replace('//', scope) + (isCollection ? '' : `/${metadata.name}`);
  }

  create(object: KubeObject): Promise<Answered> {
    const path = `${this.pathOf(object, true)}?fieldManager=helm`;
    return this.send('POST', path, object);
  }

  get(object: KubeObject): Promise<Answered> {
    return this.send('GET', this.pathOf(object));
  }

  /** Brings what is there to the next manifest by a patch, which Helm makes of three states. */
  patch(object: KubeObject, patch: object, type: 'strategic-merge' | 'merge'): Promise<Answered> {
    const headers = { 'content-type': `application/${type}-patch+json` };
    return this.send('PATCH', `${this.pathOf(object)}?fieldManager=helm`, patch, headers);
  }

  /** As Helm 4 does by default. */
  apply(object: KubeObject, isForced = false): Promise<Answered> {
    const query = `fieldManager=helm&force=${isForced}&fieldValidation=Strict`;
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    return this.send('PATCH', `${this.pathOf(object)}?${query}`, object, headers);
  }

  delete(object: KubeObject): Promise<Answered> {
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
    return this.send('DELETE', this.pathOf(object), options);
  }
}

interface DiscoveredGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly {
      readonly resource: string;
      readonly scope: string;
      readonly responseKind: { readonly kind: string };
    }[];
  }[];
}

/** The Secret in which Helm keeps a release: JSON, packed, and base64 twice over. */
export function releaseSecret(
  name: string,
  version: number,
  release: object | Buffer,
  status: keyof typeof STATUS_LABEL = 'deployed',
): KubeObject {
  const json = Buffer.isBuffer(release) ? release : Buffer.from(JSON.stringify(release));
  const packed = gzipSync(json, { level: 9 }).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `sh.helm.release.v1.${name}.v${version}`,
      labels: { name, owner: 'helm', status, version: String(version) },
    },
    type: 'helm.sh/release.v1',
    data: { release: Buffer.from(packed).toString('base64') },
  } as unknown as KubeObject;
}

/**
 * The JSON merge patch that Helm sends for custom resources: what the last manifest had and the next
 * doesn't goes, what the next says and the live object doesn't comes.
 */
export function threeWayMerge(last: unknown, next: unknown, live: unknown): object {
  const [before, after, there] = [last, next, live].map((each) =>
    isMap(each) ? each : ({} as Readonly<Record<string, unknown>>),
  ) as [Fields, Fields, Fields];
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    if (isMap(value)) {
      const inner = threeWayMerge(before[key], value, there[key]);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (JSON.stringify(value) !== JSON.stringify(there[key])) patch[key] = value;
  }
  return patch;
}

type Fields = Readonly<Record<string, unknown>>;
