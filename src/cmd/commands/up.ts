import { existsSync } from 'node:fs';
import type { Cluster } from '../../cli/cluster.ts';
import { type CommandContext, command } from '../../cli/command.ts';
import { type LiveRow, LiveView } from '../../cli/live-view.ts';
import type { Manifest } from '../../cli/manifests.ts';
import {
  filenameOption,
  forceConflictsOption,
  namespaceOption,
  parseDuration,
} from '../../cli/options.ts';
import { containerdOf, findRunning, mayHaveContainers } from '../background.ts';
import { clusterName } from '../cluster-name.ts';
import { type DataFolder, dataFolderAt, openDataFolder } from '../data-folder.ts';
import { backgroundWords, ensureRunning } from '../launch.ts';
import { localClusters } from '../local-clusters.ts';
import { assertFitsNode, assertRoot } from '../machine-check.ts';
import type { PodsBefore } from '../pods-back.ts';
import type { RollOut } from '../roll-out.ts';
import { runtimeFor } from '../runtime-choice.ts';
import { assertRunsWith, withKept } from '../start-options.ts';
import { installParts, missingParts } from '../system-parts.ts';
import { addToUserKubeconfig, assertUserKubeconfig } from '../user-kubeconfig.ts';
import { nodeOptions, parsePort, rememberedClusterOptions } from './options.ts';

const startOptions = { ...rememberedClusterOptions, ...nodeOptions };

export const up = command({
  name: 'up',
  summary: 'Start a cluster on this machine, and applications in it',
  details: `Installs what is missing, starts the cluster in the background, builds an image of every
given folder that has a Containerfile (or Dockerfile) and of those directly in it that have one,
applies the manifests and waits until all is healthy. An image is called as its folder, in lower
case. Of what runs already, nothing is changed that needn't be: pods are replaced when their image
was built anew. Ctrl-C ends the waiting only: what was begun goes on.

Examples:
  tutti up                          just the cluster
  tutti up -f examples/hello        with an application
  tutti up -f shop                  shop/*.yaml, with images of shop/front and shop/back
  tutti --name test up --port 0     a second cluster beside it`,
  options: {
    ...startOptions,
    filename: filenameOption,
    namespace: namespaceOption,
    'force-conflicts': forceConflictsOption,
    timeout: {
      value: 'DURATION',
      description: 'How long to wait until all is healthy',
      default: '5m',
    },
  },
  async run({ options }, context) {
    const { io, clock, signal } = context;
    const deadlineMs = clock.monotonicMs() + parseDuration(options.timeout, 'timeout');
    assertRoot();
    if (options.port !== undefined) parsePort(options.port);
    const application = await readApplication(options.filename, context);
    const { folder, name } = openFolder(context);
    const running = findRunning(folder);
    if (running) assertRunsWith(running, options);
    const given = runtimeFor(folder, options);
    await installMissing(context, { hasRuntime: given !== undefined });
    const view = new LiveView(io, clock);
    const standing: LiveRow[] = [];
    const call: UpCall = {
      context,
      folder,
      name,
      deadlineMs,
      note: (text) => view.note(text),
      show: (rows) => view.show([...standing, ...rows]),
      keep: (rows) => standing.push(...rows),
    };
    let urls: readonly string[] = [];
    try {
      const before = await start(call, withKept(folder, options));
      urls = await startApplication(call, {
        ...application,
        namespace: options.namespace,
        force: options['force-conflicts'],
      });
      if (before) await havePodsBack(call, before);
    } catch (error) {
      if (signal.aborted) view.note(INTERRUPTED);
      throw error;
    } finally {
      view.close();
    }
    io.line(`kubectl context: ${name}`);
    for (const url of urls) io.line(url);
    return 0;
  },
});

const INTERRUPTED =
  'Interrupted: what was begun goes on. "tutti status" tells how far it is, "tutti down" ends it.';

interface UpCall {
  readonly context: CommandContext;
  readonly folder: DataFolder;
  readonly name: string;
  readonly deadlineMs: number;
  /** One line above all rows. */
  readonly note: (text: string) => void;
  readonly show: (rows: readonly LiveRow[]) => void;
  /** Rows that are final: later ones come below. */
  readonly keep: (rows: readonly LiveRow[]) => void;
}

interface Application {
  readonly filename: readonly string[];
  readonly manifests: readonly Manifest[];
}

/** Reads all that was given, so that a mistake in it is told before anything is begun. */
async function readApplication(
  filename: readonly string[],
  { io }: CommandContext,
): Promise<Application> {
  if (filename.length === 0) return { filename, manifests: [] };
  const { readManifests } = await import('../../cli/manifests.ts');
  const manifests = await readManifests(filename, io);
  const { checkContainerfiles } = await import('../roll-out.ts');
  await checkContainerfiles(filename);
  return { filename, manifests };
}

function openFolder(context: CommandContext): { folder: DataFolder; name: string } {
  const { place } = context;
  assertFitsNode(dataFolderAt(place.data));
  assertUserKubeconfig(context);
  const folder = openDataFolder(place.data);
  return { folder, name: clusterName(folder, place) };
}

async function installMissing(
  { io, environment, clock, signal }: CommandContext,
  { hasRuntime }: { readonly hasRuntime: boolean },
): Promise<void> {
  const missing = missingParts(hasRuntime);
  if (missing.length === 0) return;
  const view = new LiveView(io, clock);
  const rows = (state: LiveRow['state'], text: string) =>
    missing.map((part) => ({ label: part.package, state, text: `${part.reason}: ${text}` }));
  view.show(rows('progressing', 'apt installs it'));
  try {
    await installParts(missing, environment);
    view.show(rows('healthy', 'installed'));
  } catch (error) {
    view.show(rows('failed', 'not installed'));
    throw error;
  } finally {
    view.close();
  }
  signal.throwIfAborted();
}

/**
 * Starts the cluster, or finds it running, and tells kubectl of it. Resolves to the pods that were
 * ready before, if it was there before and had to be started.
 */
async function start(
  call: UpCall,
  options: Readonly<Record<string, unknown>>,
): Promise<PodsBefore | undefined> {
  const { context, folder, name, deadlineMs } = call;
  const isNew = !existsSync(folder.database);
  const haveSurvived = mayHaveContainers(folder);
  let before: Promise<PodsBefore | undefined> | undefined;
  await keepingLast(call, (show) =>
    ensureRunning({
      context,
      folder,
      deadlineMs,
      words: backgroundWords({ name, data: folder.path }, startOptions, options),
      show,
      onApi() {
        if (isNew) return;
        before = podsBefore(call, haveSurvived);
        before.catch(() => {}); // It is told when it is waited for, unless the start has failed too.
      },
    }),
  );
  await addToUserKubeconfig(folder, context);
  return before;
}

/** What is known of pods before their node has looked at them. */
async function podsBefore(call: UpCall, haveSurvived: boolean): Promise<PodsBefore | undefined> {
  const nodeName = findRunning(call.folder)?.nodeName;
  if (!nodeName) return undefined;
  const { readyPods } = await import('../pods-back.ts');
  const ready = await withCluster(call, (cluster) => readyPods(cluster, nodeName));
  return { ready, haveSurvived };
}

async function havePodsBack(call: UpCall, before: PodsBefore): Promise<void> {
  const { context, folder, deadlineMs } = call;
  const nodeName = findRunning(folder)?.nodeName ?? '';
  const { untilPodsBack } = await import('../pods-back.ts');
  await keepingLast(call, (show) =>
    withCluster(call, (cluster) =>
      untilPodsBack(before, { context, cluster, nodeName, show, deadlineMs }),
    ),
  );
}

/** Does work that shows rows, the last of which then stay. */
async function keepingLast<R>(
  { show, keep }: UpCall,
  work: (show: UpCall['show']) => Promise<R>,
): Promise<R> {
  let last: readonly LiveRow[] = [];
  const result = await work((rows) => {
    last = rows;
    show(rows);
  });
  keep(last);
  return result;
}

/** Does work on the cluster, whose failures are told with what is known of it. */
async function withCluster<R>(
  { context, note }: UpCall,
  work: (cluster: Cluster) => Promise<R>,
): Promise<R> {
  const tools = { ...context, io: { ...context.io, note }, local: localClusters };
  const { openLocalCluster } = await import('../../cli/cluster.ts');
  const cluster = await openLocalCluster(context.place, tools);
  try {
    return await work(cluster);
  } catch (error) {
    throw cluster.explain(error);
  } finally {
    cluster.close();
  }
}

/** Builds and applies what was given. Resolves to the URLs under which it answers. */
async function startApplication(
  call: UpCall,
  { filename, manifests, ...how }: Application & Pick<RollOut, 'namespace' | 'force'>,
): Promise<string[]> {
  if (manifests.length === 0) return [];
  const { context, folder, deadlineMs, note, show, keep } = call;
  const { clock, random } = context;
  const { buildImages, rollOut } = await import('../roll-out.ts');
  const { openLocalImages } = await import('../local-images.ts');
  const images = await openLocalImages(clock, random, folder.images);
  const target = containerdOf(folder);
  const { built, rows } = await buildImages(filename, images, target, { show, note });
  keep(rows);
  return keepingLast(call, (show) =>
    withCluster(call, (cluster) =>
      rollOut(manifests, { context, cluster, show, note, built, deadlineMs, ...how }),
    ),
  );
}
