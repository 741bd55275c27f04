import type { Program } from '../cli/program.ts';

/** Every command, as the help page has them. Their code is loaded when they are called. */
export const program: Program = {
  details: `Begin with "tutti up -f DIR". "tutti COMMAND --help" tells more of each, with examples.`,
  parents: {
    rollout: 'Follow rollouts',
    image: 'Build, load and list images',
  },
  groups: [
    {
      title: 'Cluster',
      commands: [
        {
          name: 'up',
          summary: 'Start a cluster on this machine, and applications in it',
          load: async () => (await import('./commands/up.ts')).up,
        },
        {
          name: 'down',
          summary: 'Stop the cluster with all its containers',
          load: async () => (await import('./commands/down.ts')).down,
        },
        {
          name: 'status',
          summary: 'Tell whether the cluster runs, and how it is',
          load: async () => (await import('./commands/status.ts')).status,
        },
        {
          name: 'kubeconfig',
          summary: 'Print the kubeconfig of the administrator, or of a node',
          load: async () => (await import('./commands/kubeconfig.ts')).kubeconfig,
        },
      ],
    },
    {
      title: 'Objects',
      commands: [
        {
          name: 'apply',
          summary: 'Create objects from manifests, or change them to match',
          load: async () => (await import('../cli/commands/apply.ts')).apply,
        },
        {
          name: 'plan',
          summary: 'Show what applying manifests would do, trying it out',
          load: async () => (await import('./commands/plan.ts')).plan,
        },
        {
          name: 'delete',
          summary: 'Delete objects by name, label or manifest',
          load: async () => (await import('../cli/commands/delete.ts')).remove,
        },
        {
          name: 'get',
          summary: 'Show objects',
          load: async () => (await import('../cli/commands/get.ts')).get,
        },
        {
          name: 'describe',
          summary: 'Show all that is known of objects, with their events',
          load: async () => (await import('../cli/commands/describe.ts')).describe,
        },
        {
          name: 'why',
          summary: 'Say what is the matter, and what would mend it',
          load: async () => (await import('./commands/why.ts')).why,
        },
        {
          name: 'logs',
          summary: 'Print what containers write',
          load: async () => (await import('../cli/commands/logs.ts')).logs,
        },
        {
          name: 'events',
          summary: 'Tell what happened lately, the newest last',
          load: async () => (await import('../cli/commands/events.ts')).events,
        },
        {
          name: 'scale',
          summary: 'Set how many replicas a workload has',
          load: async () => (await import('../cli/commands/scale.ts')).scale,
        },
        {
          name: 'rollout status',
          summary: 'Follow a rollout until it is done',
          load: async () => (await import('../cli/commands/rollout-status.ts')).rolloutStatus,
        },
      ],
    },
    {
      title: 'Images',
      commands: [
        {
          name: 'image build',
          summary: 'Build an image from a Containerfile, without a daemon',
          load: async () => (await import('./commands/image.ts')).imageBuild,
        },
        {
          name: 'image load',
          summary: 'Take in the images of an archive',
          load: async () => (await import('./commands/image.ts')).imageLoad,
        },
        {
          name: 'image list',
          summary: 'Show the images that were built or loaded here',
          load: async () => (await import('./commands/image.ts')).imageList,
        },
      ],
    },
    {
      title: 'For service managers',
      commands: [
        {
          name: 'run',
          summary: 'Run a cluster of one node in the foreground',
          load: async () => (await import('./commands/run.ts')).run,
        },
        {
          name: 'server',
          summary: 'Run the control plane in the foreground',
          load: async () => (await import('./commands/server.ts')).server,
        },
        {
          name: 'agent',
          summary: 'Run a node of a cluster in the foreground',
          load: async () => (await import('./commands/agent.ts')).agent,
        },
      ],
    },
    {
      title: 'Tutti',
      commands: [
        {
          name: 'version',
          summary: 'Tell the versions of this program and of the cluster',
          load: async () => (await import('../cli/commands/version.ts')).version,
        },
      ],
    },
  ],
};
