import type { CgroupDriver } from './cri-types.ts';

/** What a runtime says of its own settings, as far as it does. */
export interface RuntimeDetails {
  /** The folder from which it takes its network configuration. */
  readonly cniConfDir?: string;
  /** Where it looks for the programs that a network configuration names. */
  readonly cniBinDirs?: readonly string[];
  /** The image of the process that holds a pod's namespaces. */
  readonly sandboxImage?: string;
  /** Where layers are unpacked, in a containerd. */
  readonly snapshotter?: string;
  readonly cgroupDriver?: CgroupDriver;
}

interface CniConfigJson {
  readonly PluginConfDir?: string;
  readonly PluginDirs?: readonly string[];
}

/** A containerd's settings; from 2.0 on, those of images are in no answer. */
interface ConfigJson {
  readonly sandboxImage?: string;
  readonly containerd?: {
    readonly snapshotter?: string;
    readonly defaultRuntimeName?: string;
    readonly runtimes?: Readonly<Record<string, RuntimeJson>>;
  };
}

interface RuntimeJson {
  readonly options?: { readonly SystemdCgroup?: boolean } | null;
}

/** Reads what a runtime adds to its status when it is asked for all of it. Pure. */
export function detailsOf(info: Readonly<Record<string, string>>): RuntimeDetails {
  const cni = parsed<CniConfigJson>(info.cniconfig);
  const { containerd, sandboxImage } = parsed<ConfigJson>(info.config);
  const { snapshotter, defaultRuntimeName = '', runtimes = {} } = containerd ?? {};
  const handler = runtimes[defaultRuntimeName];
  return {
    ...(cni.PluginConfDir && { cniConfDir: cni.PluginConfDir }),
    ...(cni.PluginDirs && { cniBinDirs: cni.PluginDirs }),
    ...(sandboxImage && { sandboxImage }),
    ...(snapshotter && { snapshotter }),
    ...(handler && { cgroupDriver: handler.options?.SystemdCgroup ? 'systemd' : 'cgroupfs' }),
  };
}

/** In a containerd, the path of the images' file system names the snapshotter. */
export const snapshotterOf = (mountpoint: string): string | undefined =>
  /\/io\.containerd\.snapshotter\.v1\.([\w-]+)$/.exec(mountpoint)?.[1];

/** Every runtime writes there what it likes; what isn't JSON tells us nothing. */
function parsed<T extends object>(text: string | undefined): Partial<T> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
