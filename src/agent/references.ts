import { configMaps, secrets } from '../api/generated/core/v1/resources.ts';
import type {
  ConfigMap,
  Container,
  EnvVar,
  Pod,
  Secret,
  Volume,
} from '../api/generated/core/v1/types.ts';
import { Informer, type InformerTools } from '../client/informer.ts';
import type { References } from './spec/environment.ts';

type Kind = 'configMap' | 'secret';
type Key = `${Kind}/${string}/${string}`;

interface Watched {
  readonly informer: Informer<ConfigMap | Secret>;
  readonly stop: AbortController;
  readonly users: Set<string>;
}

/**
 * The ConfigMaps and Secrets that this node's pods refer to, kept current by a watch of each: the
 * node may not read others. One is watched as long as a pod uses it.
 */
export class PodReferences {
  readonly #tools: InformerTools;
  readonly #onChange: (podUid: string) => void;
  readonly #watched = new Map<Key, Watched>();
  readonly #keysOf = new Map<string, ReadonlySet<Key>>();

  /** `onChange` is called for each pod that uses what has changed. */
  constructor(tools: InformerTools, onChange: (podUid: string) => void) {
    this.#tools = tools;
    this.#onChange = onChange;
  }

  /** Watches what the pod refers to now, and no longer what it doesn't. */
  acquire(pod: Pod): void {
    const { uid } = pod.metadata;
    const before = this.#keysOf.get(uid);
    const keys = new Set(referencedBy(pod));
    this.#keysOf.set(uid, keys);
    for (const key of keys) this.#use(key, uid);
    for (const key of before ?? []) if (!keys.has(key)) this.#leave(key, uid);
  }

  release(podUid: string): void {
    for (const key of this.#keysOf.get(podUid) ?? []) this.#leave(key, podUid);
    this.#keysOf.delete(podUid);
  }

  /** Resolves once it is known of all that a pod refers to whether it is there. */
  async ready(podUid: string): Promise<void> {
    const keys = [...(this.#keysOf.get(podUid) ?? [])];
    await Promise.all(keys.map((key) => this.#watched.get(key)?.informer.synced));
  }

  /** What a pod of the namespace may refer to. To be asked once `ready`. */
  in(namespace: string): References {
    const find = <T>(kind: Kind, name: string): T | undefined =>
      this.#watched
        .get(`${kind}/${namespace}/${name}`)
        ?.informer.lister.get(`${namespace}/${name}`) as T | undefined;
    return {
      configMap: (name) => find<ConfigMap>('configMap', name),
      secret: (name) => find<Secret>('secret', name),
    };
  }

  #use(key: Key, podUid: string): void {
    let watched = this.#watched.get(key);
    if (!watched) {
      const [kind, namespace, name] = key.split('/') as [Kind, string, string];
      const resource = kind === 'configMap' ? configMaps : secrets;
      const options = { namespace, fieldSelector: `metadata.name=${name}` };
      const informer = new Informer<ConfigMap | Secret>(this.#tools, resource as never, options);
      const users = new Set<string>();
      watched = { informer, stop: new AbortController(), users };
      this.#watched.set(key, watched);
      informer.subscribe(() => {
        for (const user of users) this.#onChange(user);
      });
      informer.start(watched.stop.signal);
    }
    watched.users.add(podUid);
  }

  #leave(key: Key, podUid: string): void {
    const watched = this.#watched.get(key);
    watched?.users.delete(podUid);
    if (watched?.users.size !== 0) return;
    watched.stop.abort();
    this.#watched.delete(key);
  }
}

/** All ConfigMaps and Secrets that a pod names. */
export function referencedBy(pod: Pod): Key[] {
  const { namespace = '' } = pod.metadata;
  const { spec } = pod;
  const keys: Key[] = [];
  const add = (kind: Kind, name: string | undefined): void => {
    if (name) keys.push(`${kind}/${namespace}/${name}`);
  };
  const containers = [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ] as readonly Container[];
  for (const { env = [], envFrom = [] } of containers) {
    for (const { configMapRef, secretRef } of envFrom) {
      add('configMap', configMapRef?.name);
      add('secret', secretRef?.name);
    }
    for (const { valueFrom } of env as readonly EnvVar[]) {
      add('configMap', valueFrom?.configMapKeyRef?.name);
      add('secret', valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) addVolume(volume, add);
  for (const { name } of spec.imagePullSecrets ?? []) add('secret', name);
  return keys;
}

function addVolume(volume: Volume, add: (kind: Kind, name: string | undefined) => void): void {
  add('configMap', volume.configMap?.name);
  add('secret', volume.secret?.secretName);
  for (const { configMap, secret } of volume.projected?.sources ?? []) {
    add('configMap', configMap?.name);
    add('secret', secret?.name);
  }
}
