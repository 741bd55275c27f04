import { sleep } from '../../base/clock.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError, type StatusError } from '../../machinery/status.ts';
import { findObject } from '../apply.ts';
import type { Cluster } from '../cluster.ts';
import { type CommandContext, CommandError, command } from '../command.ts';
import { resourceOfKind } from '../discovery.ts';
import { failureOf } from '../failure.ts';
import type { Io } from '../io.ts';
import { readManifests } from '../manifests.ts';
import {
  dryRunOption,
  filenameOption,
  namespaceOption,
  parseCount,
  parseDuration,
  selectorOption,
} from '../options.ts';
import { type Selection, selectResources, titleOf } from '../selection.ts';

type Named = Selection & { readonly name: string };

export const remove = command({
  name: 'delete',
  summary: 'Delete objects by name, label or manifest',
  details: `Examples:
  tutti delete pod web-7d9c5-x2x4z
  tutti delete deploy,svc -l app=web
  tutti delete -f app.yaml`,
  arguments: [
    { name: 'TYPE[/NAME]', description: 'What to delete', optional: true, variadic: true },
  ],
  options: {
    filename: filenameOption,
    namespace: namespaceOption,
    selector: selectorOption,
    all: { description: 'All objects of the types in the namespace' },
    'ignore-not-found': { description: 'Take what is gone already for deleted' },
    'grace-period': {
      value: 'SECONDS',
      description: 'How long to let pods shut down; 0 kills at once',
    },
    'dry-run': dryRunOption,
    'no-wait': { description: "Don't wait until the objects are gone" },
    timeout: { value: 'DURATION', description: 'How long to wait', default: '5m' },
  },
  async run({ arguments: words, options }, context) {
    const { io } = context;
    const grace = options['grace-period'];
    const gracePeriodSeconds = grace === undefined ? undefined : parseCount(grace, 'grace-period');
    const timeoutMs = parseDuration(options.timeout, 'timeout');
    const dryRun = options['dry-run'];
    const cluster = await context.openCluster();
    const targets = await findTargets(cluster, words, { ...options, io });
    if (targets.length === 0) io.note('No resources found');
    const { deleted, failures } = await deleteAll(cluster, targets, {
      gracePeriodSeconds,
      dryRun,
      ignoreNotFound: options['ignore-not-found'],
      told: (line) => io.line(line),
    });
    for (const failure of failures) for (const line of failureOf(failure).lines) io.note(line);
    if (!options['no-wait'] && !dryRun) await waitGone(cluster, deleted, { context, timeoutMs });
    return failures.length > 0 ? 1 : 0;
  },
});

interface Wanted {
  readonly io: Io;
  readonly filename: readonly string[];
  readonly namespace: string | undefined;
  readonly selector: string | undefined;
  readonly all: boolean;
}

async function findTargets(
  cluster: Cluster,
  words: readonly string[],
  wanted: Wanted,
): Promise<Named[]> {
  const namespace = wanted.namespace ?? cluster.namespace;
  if (wanted.filename.length === 0) return fromWords(cluster, words, { ...wanted, namespace });
  if (words.length === 0) return fromManifests(cluster, { ...wanted, namespace });
  throw new CommandError('both manifests and names were given', {
    advice: 'Delete what is listed with -f, or what is named; one after the other.',
  });
}

interface DeleteMode {
  readonly gracePeriodSeconds: number | undefined;
  readonly dryRun: boolean;
  readonly ignoreNotFound: boolean;
  readonly told: (line: string) => void;
}

/** Deletes one after the other. One that can't be deleted is no reason to keep the others. */
async function deleteAll(
  cluster: Cluster,
  targets: readonly Named[],
  mode: DeleteMode,
): Promise<{ deleted: Deleted[]; failures: StatusError[] }> {
  const deleted: Deleted[] = [];
  const failures: StatusError[] = [];
  for (const target of targets) {
    try {
      deleted.push({ target, uid: await deleteOne(cluster, target, mode) });
      const suffix = mode.dryRun ? ' (dry run)' : '';
      mode.told(`${titleOf(target.resource)} "${target.name}" deleted${suffix}`);
    } catch (error) {
      if (!isStatusError(error) || error.cause) throw error;
      if (error.reason !== 'NotFound' || !mode.ignoreNotFound) failures.push(error);
    }
  }
  return { deleted, failures };
}

interface Deleted {
  readonly target: Named;
  readonly uid: string;
}

async function fromManifests(
  cluster: Cluster,
  { filename, io, namespace }: Wanted,
): Promise<Named[]> {
  const manifests = await readManifests(filename, io);
  const served = await cluster.resources();
  return manifests.reverse().map((manifest) => {
    const resource = resourceOfKind(served, manifest);
    const place = resource.namespaced ? { namespace: manifest.namespace ?? namespace } : {};
    return { resource, ...place, name: manifest.name };
  });
}

async function fromWords(
  cluster: Cluster,
  words: readonly string[],
  { namespace, selector, all }: { namespace: string; selector: string | undefined; all: boolean },
): Promise<Named[]> {
  if (words.length === 0) {
    throw new CommandError('nothing was named', { advice: 'Name objects, or manifests with -f.' });
  }
  const selections = await selectResources(cluster, words, { namespace });
  const found = await Promise.all(
    selections.map(async (selection) => {
      if (selection.name) return [selection as Named];
      if (!selector && !all) {
        throw new CommandError(`which of the ${selection.resource.plural}?`, {
          advice: 'Name them, select by label with -l, or mean all of them with --all.',
        });
      }
      const { items } = await cluster.client.list(selection.resource, {
        namespace: selection.namespace,
        ...(selector && { labelSelector: selector }),
      });
      return items.map(({ metadata }) => ({ ...selection, name: metadata.name }));
    }),
  );
  return found.flat();
}

/** Answers the UID of what is being deleted. */
async function deleteOne(
  { client }: Cluster,
  target: Named,
  { gracePeriodSeconds, dryRun }: DeleteMode,
): Promise<string> {
  const { metadata } = await client.get(target.resource, target);
  await client.delete(target.resource, target, {
    propagationPolicy: 'Background',
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(dryRun && { dryRun }),
  });
  return metadata.uid;
}

const LOOK_MS = 100;

/** Waits until all are gone. Something new of the same name is none of ours. */
async function waitGone(
  cluster: Cluster,
  deleted: readonly Deleted[],
  { context, timeoutMs }: { readonly context: CommandContext; readonly timeoutMs: number },
): Promise<void> {
  const { clock, signal } = context;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (const { target, uid } of deleted) {
    for (;;) {
      const now = await findObject(cluster, target.resource, target);
      if (now?.metadata.uid !== uid) break;
      if (clock.monotonicMs() >= deadlineMs) throw stillThere(target, now);
      await sleep(clock, LOOK_MS, signal);
    }
  }
}

function stillThere({ resource, name }: Named, { metadata }: KubeObject): CommandError {
  const holding = metadata.finalizers?.join(', ');
  return new CommandError(`${titleOf(resource)} "${name}" is being deleted, but still there`, {
    advice: holding
      ? `These finalizers hold it: ${holding}.`
      : `See what it waits for with "tutti describe ${resource.singular}/${name}".`,
  });
}
