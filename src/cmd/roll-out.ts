import { replicaSets } from '../api/generated/apps/v1/resources.ts';
import { nodes, pods } from '../api/generated/core/v1/resources.ts';
import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import { sleep } from '../base/clock.ts';
import { applyPlanned, planApply } from '../cli/apply.ts';
import type { Cluster } from '../cli/cluster.ts';
import { type CommandContext, CommandError } from '../cli/command.ts';
import type { ServedResource } from '../cli/discovery.ts';
import { type Health, healthOnTutti, urlsOf } from '../cli/health.ts';
import type { LiveRow } from '../cli/live-view.ts';
import type { Manifest } from '../cli/manifests.ts';
import { titleOf } from '../cli/selection.ts';
import type { KubeObject } from '../machinery/object.ts';
import { LabelSelector } from '../machinery/selector/label-selector.ts';
import { type BuiltImages, hasOtherImages, withImageDigests } from './image-digests.ts';
import { imageFolders } from './image-folders.ts';
import { type ContainerdTarget, checkContainerfile, type LocalImages } from './local-images.ts';
import { mainTrouble, newestPods, troubleLines } from './pod-troubles.ts';

export interface RollOut {
  readonly context: CommandContext;
  readonly cluster: Cluster;
  readonly show: (rows: readonly LiveRow[]) => void;
  /** One line that stays. */
  readonly note: (text: string) => void;
  /** What was built for the manifests; pods of an earlier build are replaced. */
  readonly built: BuiltImages;
  readonly deadlineMs: number;
  readonly namespace: string | undefined;
  /** Whether fields that others manage are taken over. */
  readonly force: boolean;
}

/** An object that was applied, with what was last seen of it. */
interface Tracked {
  readonly resource: ServedResource;
  object: KubeObject;
  /** What keeps its pods from running. */
  trouble?: string | undefined;
}

const LOOK_MS = 60;
const TROUBLE_LOOK_MS = 1000;

/** Throws CommandError for a Containerfile in one of the folders that can't be built. */
export async function checkContainerfiles(paths: readonly string[]): Promise<void> {
  for (const { path } of imageFolders(paths)) await checkContainerfile(path);
}

/**
 * Builds an image of each folder that has a Containerfile, named after the folder, and
 * gives it to the node. Resolves to their digests, and to what there is to show of them.
 */
export async function buildImages(
  paths: readonly string[],
  images: LocalImages,
  target: ContainerdTarget,
  { show, note }: Pick<RollOut, 'show' | 'note'>,
): Promise<{ readonly built: BuiltImages; readonly rows: readonly LiveRow[] }> {
  const rows: LiveRow[] = [];
  const built = new Map<string, string>();
  for (const { path, tag } of imageFolders(paths)) {
    const label = `image ${tag}`;
    show([...rows, { label, text: 'building', state: 'progressing' }]);
    const { reference, digest, warnings } = await images.build(path, { tag });
    for (const warning of warnings) note(`Warning: ${path}: ${warning}`);
    await images.sendTo(target, [reference]);
    built.set(reference, digest);
    rows.push({ label, text: digest.slice(0, 19), state: 'healthy' });
    show(rows);
  }
  return { built, rows };
}

/**
 * Applies manifests, and shows how they become healthy. Resolves to the URLs under which they
 * answer. Throws CommandError when they don't become healthy.
 */
export async function rollOut(manifests: readonly Manifest[], call: RollOut): Promise<string[]> {
  const { context, cluster, namespace, show, note, built, force } = call;
  const tracked: Tracked[] = [];
  const noted = manifests.map((manifest) => withImageDigests(manifest, built));
  for (const planned of await planApply(cluster, noted, namespace)) {
    const { object, before, resource } = await applyPlanned(cluster, planned, context, { force });
    if (hasOtherImages(before, object)) {
      note(
        `${titleOf(resource)}/${object.metadata.name}: rolled out anew, of the image as built now`,
      );
    }
    tracked.push({ resource, object });
    show(tracked.map(rowOf));
  }
  await untilHealthy(tracked, call);
  const services = tracked.flatMap(({ object }) => (object.kind === 'Service' ? [object] : []));
  const address = services.length > 0 ? await nodeAddressIn(cluster) : undefined;
  return services.flatMap((service) => urlsOf(service as Service, address));
}

/** Where one of the nodes can be reached. */
async function nodeAddressIn({ client }: Cluster): Promise<string | undefined> {
  const { items } = await client.list(nodes, { limit: 1 });
  return items[0]?.status.addresses?.find(({ type }) => type === 'InternalIP')?.address;
}

async function untilHealthy(tracked: Tracked[], call: RollOut): Promise<void> {
  const { context, cluster, show, deadlineMs } = call;
  const { clock, signal } = context;
  let troublesDueMs = clock.monotonicMs() + TROUBLE_LOOK_MS;
  for (;;) {
    await Promise.all(tracked.map((each) => look(cluster, each)));
    if (clock.monotonicMs() >= troublesDueMs) {
      troublesDueMs += TROUBLE_LOOK_MS;
      await Promise.all(tracked.map((each) => lookForTrouble(cluster, each)));
    }
    show(tracked.map(rowOf));
    const healths = tracked.map(({ object }) => healthOnTutti(object));
    if (healths.every(isSettled)) return;
    const isHopeless = healths.some(({ state }) => state === 'failed');
    if (isHopeless || clock.monotonicMs() >= deadlineMs) {
      throw await explain(cluster, tracked, isHopeless);
    }
    await sleep(clock, LOOK_MS, signal);
  }
}

/** Whether there is nothing to wait for: all is well, or nothing acts on it. */
const isSettled = ({ state }: Health): boolean => state === 'healthy' || state === 'idle';

async function look({ client }: Cluster, tracked: Tracked): Promise<void> {
  const { name, namespace } = tracked.object.metadata;
  const health = healthOnTutti(tracked.object);
  if (health.state === 'idle') return;
  if (health.state === 'healthy' && health.text === 'there') return; // Nothing more will come.
  tracked.object = await client.get(tracked.resource, { namespace, name });
}

async function lookForTrouble(cluster: Cluster, tracked: Tracked): Promise<void> {
  if (healthOnTutti(tracked.object).state !== 'progressing') return;
  const { newest } = await podsOf(cluster, tracked.object);
  // Between two attempts a pod has no trouble to tell of, and will have the same again.
  tracked.trouble = mainTrouble(newest) ?? tracked.trouble;
}

function rowOf({ resource, object, trouble }: Tracked): LiveRow {
  const { state, text } = healthOnTutti(object);
  const label = `${titleOf(resource)}/${object.metadata.name}`;
  const why = state === 'progressing' && trouble ? `; ${trouble}` : '';
  return { label, state, text: text + why };
}

/** Names what isn't healthy, with what its pods say: the newest, as they are what was asked for. */
async function explain(
  cluster: Cluster,
  tracked: readonly Tracked[],
  isHopeless: boolean,
): Promise<CommandError> {
  const unwell = tracked.filter(({ object }) => !isSettled(healthOnTutti(object)));
  const lines: string[] = [];
  for (const { resource, object } of unwell) {
    lines.push(`${titleOf(resource)}/${object.metadata.name}: ${healthOnTutti(object).text}`);
    const { newest, all } = await podsOf(cluster, object);
    const troubles = troubleLines(newest);
    const shown = troubles.length > 0 ? troubles : troubleLines(all);
    lines.push(...shown.map((line) => `  ${line}`));
  }
  const when = isHopeless ? 'failed' : 'were not healthy in time';
  return new CommandError(`some objects ${when}:\n${lines.join('\n')}`, {
    advice: `Everything stays as it is. See "${whyLine(unwell[0]!, cluster)}".`,
  });
}

/** The command that says more of an object. */
function whyLine({ resource, object }: Tracked, cluster: Cluster): string {
  const { name, namespace } = object.metadata;
  const type = resource.shortNames[0] ?? resource.singular;
  const where = namespace && namespace !== cluster.namespace ? ` -n ${namespace}` : '';
  return `tutti why ${type}/${name}${where}`;
}

interface FoundPods {
  readonly all: readonly Pod[];
  /** Those that were made from the object as it is now. */
  readonly newest: readonly Pod[];
}

/** The pods that an object selects, if it is one that does. */
async function podsOf({ client }: Cluster, object: KubeObject): Promise<FoundPods> {
  const { selector } = ((object as { spec?: { selector?: object } }).spec ?? {}) as {
    selector?: never;
  };
  if (!selector || object.kind === 'Service') return { all: [], newest: [] };
  const labelSelector = LabelSelector.from(selector).toString();
  const { namespace } = object.metadata;
  const all = (await client.list(pods, { namespace, labelSelector })).items;
  if (object.kind !== 'Deployment') return { all, newest: newestPods(object, all, []) };
  const sets = (await client.list(replicaSets, { namespace, labelSelector })).items;
  return { all, newest: newestPods(object, all, sets) };
}
