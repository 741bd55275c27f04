import { openCluster, userKubeconfig } from '../../cli/cluster.ts';
import { type CommandContext, CommandError, command } from '../../cli/command.ts';
import { mergeKubeconfig, readKubeconfig, writeKubeconfig } from '../../cli/kubeconfig.ts';
import { type LiveRow, LiveView } from '../../cli/live-view.ts';
import { filenameOption, namespaceOption, parseDuration } from '../../cli/options.ts';
import { containerdOf, findRunning } from '../background.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import { backgroundWords, launch, launchInBackground } from '../launch.ts';
import { openLocalImages } from '../local-images.ts';
import { buildImages, rollOut } from '../roll-out.ts';
import { installParts, missingParts } from '../system-parts.ts';
import { clusterOptions, nodeOptions } from './options.ts';

const startOptions = { ...clusterOptions, ...nodeOptions };

export const up = command({
  name: 'up',
  summary: 'Start a cluster on this machine, and what is given with -f in it',
  details: `Installs what is missing, starts the cluster in the background, builds the image of every
folder that has a Containerfile, applies the manifests and waits until all is healthy.

Examples:
  tutti up                          just the cluster
  tutti up -f examples/hello        with an application
  tutti up --name test --port 7443  a second cluster beside it`,
  options: {
    ...startOptions,
    filename: filenameOption,
    namespace: namespaceOption,
    timeout: {
      value: 'DURATION',
      description: 'How long to wait until all is healthy',
      default: '5m',
    },
  },
  async run({ options }, context) {
    const { io, place, clock } = context;
    if (process.getuid?.() !== 0) {
      throw new CommandError('starting containers takes root', { advice: 'Run "sudo tutti up".' });
    }
    const deadlineMs = clock.monotonicMs() + parseDuration(options.timeout, 'timeout');
    const folder = openDataFolder(place.data);
    await installMissing(context);
    const view = new LiveView(io, clock);
    let standing: readonly LiveRow[] = [];
    const show = (rows: readonly LiveRow[]) => view.show([...standing, ...rows]);
    const keep = (rows: readonly LiveRow[]) => {
      standing = [...standing, ...rows];
    };
    let urls: readonly string[] = [];
    try {
      await ensureRunning(folder, options, { context, show, keep });
      addToUserKubeconfig(folder, context);
      if (options.filename.length > 0) {
        urls = await startApplication(folder, options, { context, show, keep, deadlineMs });
      }
    } finally {
      view.close();
    }
    for (const url of urls) io.line(url);
    return 0;
  },
});

interface Showing {
  readonly context: CommandContext;
  readonly show: (rows: readonly LiveRow[]) => void;
  /** Rows that are final: later ones come below. */
  readonly keep: (rows: readonly LiveRow[]) => void;
}

async function installMissing({ io, environment }: CommandContext): Promise<void> {
  const missing = missingParts();
  if (missing.length === 0) return;
  io.note('Installing with apt:');
  for (const part of missing) io.note(`  ${part.package}, which ${part.reason}`);
  await installParts(missing, environment);
}

async function ensureRunning(
  folder: DataFolder,
  options: Readonly<Record<string, unknown>>,
  { context, show, keep }: Showing,
): Promise<void> {
  const running = findRunning(folder);
  if (running) {
    const rows = [{ label: 'cluster', state: 'healthy', text: `runs at ${running.url}` }] as const;
    show(rows);
    return keep(rows);
  }
  const words = backgroundWords(context, startOptions, options);
  let last: readonly LiveRow[] = [];
  await launch(launchInBackground(words, folder), {
    show: (rows) => {
      last = rows;
      show(rows);
    },
  });
  keep(last);
}

/** Adds the cluster's context to the user's own kubeconfig and makes it the current one. */
function addToUserKubeconfig(folder: DataFolder, { environment }: CommandContext): void {
  const path = userKubeconfig(environment);
  const own = readKubeconfig(folder.kubeconfig) ?? {};
  const before = readKubeconfig(path) ?? {};
  const merged = mergeKubeconfig(before, own);
  if (JSON.stringify(merged) !== JSON.stringify(before)) writeKubeconfig(path, merged);
}

async function startApplication(
  folder: DataFolder,
  {
    filename,
    namespace,
  }: { readonly filename: readonly string[]; readonly namespace: string | undefined },
  { context, show, keep, deadlineMs }: Showing & { readonly deadlineMs: number },
): Promise<string[]> {
  const { clock, random, place, environment, version } = context;
  const images = await openLocalImages(clock, random, folder.images);
  let built: readonly LiveRow[] = [];
  await buildImages(filename, images, containerdOf(folder), (rows) => {
    built = rows;
    show(rows);
  });
  keep(built);
  const cluster = openCluster(place, environment, version);
  try {
    return await rollOut(filename, { context, cluster, show, deadlineMs, namespace });
  } finally {
    cluster.close();
  }
}
