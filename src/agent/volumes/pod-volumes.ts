import type {
  Container,
  EphemeralContainer,
  Pod,
  Volume,
} from '../../api/generated/core/v1/types.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import type { EnvironmentVariable, Mount } from '../../runtime/cri-types.ts';
import type { PodFiles } from '../../runtime/pod-files.ts';
import { podTotal } from '../qos.ts';
import { PodConfigError } from '../spec/config-error.ts';
import { subPathOf, volumeMount } from '../spec/container-config.ts';
import type { DownwardFacts } from '../spec/downward.ts';
import type { References } from '../spec/environment.ts';
import { messageOf, StartFailure } from '../start-failure.ts';
import { isProjected, projectedFiles, tokensOf } from './projection.ts';
import type { TokenSource } from './token-source.ts';

export interface VolumeFacts extends DownwardFacts {
  readonly references: References;
}

/** Brings up the volumes of one pod, and keeps those current that show objects of the API. */
export class PodVolumes {
  readonly #files: PodFiles;
  readonly #tokens: TokenSource;
  /** Where each volume is on the machine. */
  readonly #places = new Map<string, string>();

  constructor(files: PodFiles, tokens: TokenSource) {
    this.#files = files;
    this.#tokens = tokens;
  }

  /** Makes all volumes, or makes them current. Rejects with StartFailure for the first that fails. */
  async prepare(facts: VolumeFacts): Promise<void> {
    const volumes = facts.pod.spec.volumes ?? [];
    await Promise.all(volumes.map((volume) => this.#prepare(volume, facts)));
  }

  /** When the volumes are due to be made current again, though nothing has changed. */
  refreshAt(pod: Pod): number | undefined {
    return this.#tokens.refreshAt(pod, (pod.spec.volumes ?? []).flatMap(tokensOf));
  }

  /** What of its volumes a container has mounted. */
  async mounts(
    pod: Pod,
    container: Container | EphemeralContainer,
    env: readonly EnvironmentVariable[],
  ): Promise<Mount[]> {
    const wanted = container.volumeMounts ?? [];
    return Promise.all(
      wanted.map(async (mount, index) => {
        const folder = this.#places.get(mount.name);
        const image = pod.spec.volumes?.find(({ name }) => name === mount.name)?.image;
        if (image) return imageMount(volumeMount(mount, ''), image.reference, mount.subPath);
        if (folder === undefined) {
          throw new PodConfigError(
            `cannot find volume "${mount.name}" to mount into container "${container.name}"`,
          );
        }
        const path = subPathOf(mount, env);
        if (path === undefined) return volumeMount(mount, folder);
        const key = `${container.name}-${index}`;
        const at = { volume: mount.name, folder, path, key };
        return volumeMount(mount, await this.#files.subPath(pod.metadata.uid, at));
      }),
    );
  }

  async #prepare(volume: Volume, facts: VolumeFacts): Promise<void> {
    try {
      const place = await this.#place(volume, facts);
      if (place !== undefined) this.#places.set(volume.name, place);
    } catch (error) {
      const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${messageOf(error)}`;
      throw new StartFailure('FailedMount', message, { cause: error });
    }
  }

  async #place(volume: Volume, facts: VolumeFacts): Promise<string | undefined> {
    const { pod } = facts;
    const { uid } = pod.metadata;
    const { name, emptyDir, hostPath, image } = volume;
    const group = pod.spec.securityContext?.fsGroup;
    if (isProjected(volume)) return this.#project(volume, facts, group);
    if (hostPath) {
      this.#files.checkHostPath(hostPath.path, hostPath.type ?? '');
      return hostPath.path;
    }
    if (emptyDir) {
      const { medium = '', sizeLimit } = emptyDir;
      if (medium !== '' && medium !== 'Memory') {
        throw new Error(`unsupported storage medium "${medium}"`);
      }
      const inMemory = medium === 'Memory';
      const sizeBytes = inMemory ? memorySize(pod, sizeLimit) : undefined;
      return this.#files.emptyVolume(uid, name, {
        inMemory,
        ...(sizeBytes !== undefined && { sizeBytes }),
        ...(group !== undefined && { group }),
      });
    }
    if (image) return undefined; // The runtime mounts it.
    const kind = Object.keys(volume).find((key) => key !== 'name');
    throw new Error(`no volume plugin matched: volumes of type ${kind} are not supported`);
  }

  async #project(volume: Volume, facts: VolumeFacts, group: number | undefined): Promise<string> {
    const { pod } = facts;
    const wanted = tokensOf(volume);
    const tokens = await Promise.all(wanted.map((each) => this.#tokens.fetch(pod, each)));
    const files = projectedFiles(volume, {
      ...facts,
      token: ({ audience, expirationSeconds }) =>
        tokens[
          wanted.findIndex(
            (each) => each.audience === audience && each.expirationSeconds === expirationSeconds,
          )
        ]!,
      user: commonUser(pod),
    });
    const folder = this.#files.projectedVolume(pod.metadata.uid, volume.name);
    this.#files.writeProjected(folder, files, group);
    return folder;
  }
}

const imageMount = (mount: Mount, image = '', subPath?: string): Mount => ({
  ...mount,
  readOnly: true,
  image,
  ...(subPath && { imageSubPath: subPath }),
});

/** A volume in memory counts as the pod's memory, so it can't be larger than that. */
function memorySize(pod: Pod, sizeLimit: string | undefined): number | undefined {
  const limits = [
    sizeLimit === undefined ? 0 : parseQuantity(sizeLimit).value,
    podTotal(pod, 'limits', 'memory')?.value ?? 0,
  ].filter((bytes) => bytes > 0);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}

/** The user that every container of the pod is told to run as. */
function commonUser({ spec }: Pod): number | undefined {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  const users = new Set(
    all.map(({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser),
  );
  return users.size === 1 ? [...users][0] : undefined;
}
