/** What a containerd of our own is told. Paths are absolute. */
export interface ContainerdConfig {
  /** What lasts: images, snapshots, metadata. */
  readonly root: string;
  /** What a reboot may take: running tasks, the socket. */
  readonly state: string;
  readonly socketPath: string;
  /** The image of the process that holds a pod's namespaces. */
  readonly sandboxImage: string;
  readonly cniBinDir: string;
  readonly cniConfDir: string;
  readonly snapshotter: 'overlayfs' | 'native';
  /** One folder per registry with its `hosts.toml`. */
  readonly registryConfigDir: string;
  /** Never lower a process's OOM score below our own, for want of CAP_SYS_RESOURCE. */
  readonly restrictOomScoreAdj: boolean;
}

/** Plugins that a node agent has no use for; each costs time at every start. */
const DISABLED_PLUGINS = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.monitor.v1.cgroups',
];

// JSON text is a valid basic string in TOML.
const text = JSON.stringify;

/** The `config.toml` for containerd 1.6 and later (version 2, which 2.x converts by itself). */
export function containerdConfigToml(config: ContainerdConfig): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${text(config.root)}
state = ${text(config.state)}
disabled_plugins = ${text(DISABLED_PLUGINS)}

[grpc]
address = ${text(config.socketPath)}

[${cri}]
sandbox_image = ${text(config.sandboxImage)}
restrict_oom_score_adj = ${config.restrictOomScoreAdj}
netns_mounts_under_state_dir = true
stream_server_address = "127.0.0.1"
stream_server_port = "0"

[${cri}.containerd]
snapshotter = ${text(config.snapshotter)}
default_runtime_name = "runc"

[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
SystemdCgroup = false

[${cri}.cni]
bin_dir = ${text(config.cniBinDir)}
conf_dir = ${text(config.cniConfDir)}
max_conf_num = 1

[${cri}.registry]
config_path = ${text(config.registryConfigDir)}
`;
}
