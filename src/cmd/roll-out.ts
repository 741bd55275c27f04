import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pods } from '../api/generated/core/v1/resources.ts';
import type { Service } from '../api/generated/core/v1/types.ts';
import { sleep } from '../base/clock.ts';
import type { Cluster } from '../cli/cluster.ts';
import { type CommandContext, CommandError } from '../cli/command.ts';
import { applyManifest, titleOf } from '../cli/commands/apply.ts';
import type { ServedResource } from '../cli/discovery.ts';
import { type Health, healthOf, troubleOf, urlsOf } from '../cli/health.ts';
import type { LiveRow } from '../cli/live-view.ts';
import { readManifests } from '../cli/manifests.ts';
import type { KubeObject } from '../machinery/object.ts';
import { LabelSelector } from '../machinery/selector/label-selector.ts';
import type { ContainerdTarget, LocalImages } from './local-images.ts';

export interface RollOut {
  readonly context: CommandContext;
  readonly cluster: Cluster;
  readonly show: (rows: readonly LiveRow[]) => void;
  readonly deadlineMs: number;
  readonly namespace: string | undefined;
}

/** An object that was applied, with what was last seen of it. */
interface Tracked {
  readonly resource: ServedResource;
  object: KubeObject;
}

const LOOK_MS = 60;

/** Builds an image for each of the folders that has a Containerfile, named after the folder. */
export async function buildImages(
  paths: readonly string[],
  images: LocalImages,
  target: ContainerdTarget,
  show: (rows: readonly LiveRow[]) => void,
): Promise<void> {
  const rows: LiveRow[] = [];
  for (const folder of paths.filter(hasContainerfile)) {
    const tag = basename(resolve(folder)).toLowerCase();
    const label = `image ${tag}`;
    show([...rows, { label, text: 'building', state: 'progressing' }]);
    const { reference, digest } = await images.build(folder, { tag });
    await images.sendTo(target, [reference]);
    rows.push({ label, text: digest.slice(0, 19), state: 'healthy' });
    show(rows);
  }
}

const hasContainerfile = (path: string): boolean =>
  path !== '-' &&
  existsSync(path) &&
  statSync(path).isDirectory() &&
  ['Containerfile', 'Dockerfile'].some((name) => existsSync(join(path, name)));

/**
 * Applies manifests, and shows how they become healthy. Resolves to the URLs under which they
 * answer. Throws CommandError when they don't become healthy.
 */
export async function rollOut(paths: readonly string[], call: RollOut): Promise<string[]> {
  const { context, cluster, namespace, show } = call;
  const tracked: Tracked[] = [];
  for (const manifest of await readManifests(paths, context.io)) {
    const { object, resource } = await applyManifest(cluster, manifest, { namespace });
    tracked.push({ resource, object });
    show(tracked.map(rowOf));
  }
  await untilHealthy(tracked, call);
  return tracked.flatMap(({ object }) =>
    object.kind === 'Service' ? urlsOf(object as Service, undefined) : [],
  );
}

async function untilHealthy(tracked: Tracked[], call: RollOut): Promise<void> {
  const { context, cluster, show, deadlineMs } = call;
  const { clock, signal } = context;
  for (;;) {
    await Promise.all(tracked.map((each) => look(cluster, each)));
    show(tracked.map(rowOf));
    const healths = tracked.map(({ object }) => healthOf(object));
    if (healths.every(({ state }) => state === 'healthy')) return;
    const isHopeless = healths.some(({ state }) => state === 'failed');
    if (isHopeless || clock.monotonicMs() >= deadlineMs) {
      throw await explain(cluster, tracked, isHopeless);
    }
    await sleep(clock, LOOK_MS, signal);
  }
}

async function look({ client }: Cluster, tracked: Tracked): Promise<void> {
  const { name, namespace } = tracked.object.metadata;
  const health = healthOf(tracked.object);
  if (health.state === 'healthy' && health.text === 'there') return; // Nothing more will come.
  tracked.object = await client.get(tracked.resource, { namespace, name });
}

function rowOf({ resource, object }: Tracked): LiveRow {
  const { state, text }: Health = healthOf(object);
  return { label: `${titleOf(resource)}/${object.metadata.name}`, state, text };
}

/** Names what isn't healthy, with what its pods say. */
async function explain(
  { client }: Cluster,
  tracked: readonly Tracked[],
  isHopeless: boolean,
): Promise<CommandError> {
  const lines: string[] = [];
  for (const { resource, object } of tracked) {
    const { state, text } = healthOf(object);
    if (state === 'healthy') continue;
    lines.push(`${titleOf(resource)}/${object.metadata.name}: ${text}`);
    const { selector } = ((object as { spec?: { selector?: object } }).spec ?? {}) as {
      selector?: never;
    };
    if (!selector || object.kind === 'Service') continue;
    const labelSelector = LabelSelector.from(selector).toString();
    const { items } = await client.list(pods, {
      namespace: object.metadata.namespace,
      labelSelector,
    });
    for (const pod of items) {
      const trouble = troubleOf(pod);
      if (trouble) lines.push(`  pod/${pod.metadata.name}: ${trouble}`);
    }
  }
  const when = isHopeless ? 'failed' : 'were not healthy in time';
  return new CommandError(`some objects ${when}:\n${lines.join('\n')}`, {
    advice: 'See "tutti describe" and "tutti logs" of them; everything stays as it is.',
  });
}
