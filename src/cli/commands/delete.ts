import { sleep } from '../../base/clock.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Cluster } from '../cluster.ts';
import { type CommandContext, CommandError, command } from '../command.ts';
import { resourceOfKind, type ServedResource } from '../discovery.ts';
import { readManifests } from '../manifests.ts';
import {
  filenameOption,
  namespaceOption,
  parseCount,
  parseDuration,
  selectorOption,
} from '../options.ts';
import { type Selection, selectResources } from '../selection.ts';
import { titleOf } from './apply.ts';

type Named = Selection & { readonly name: string };

export const remove = command({
  name: 'delete',
  summary: 'Delete objects, by name, by label or as manifests list them',
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
    'no-wait': { description: "Don't wait until the objects are gone" },
    timeout: { value: 'DURATION', description: 'How long to wait', default: '5m' },
  },
  async run({ arguments: words, options }, context) {
    const cluster = await context.openCluster();
    const namespace = options.namespace ?? cluster.namespace;
    const grace = options['grace-period'];
    const gracePeriodSeconds = grace === undefined ? undefined : parseCount(grace, 'grace-period');
    const timeoutMs = parseDuration(options.timeout, 'timeout');
    const targets =
      options.filename.length > 0
        ? await fromManifests(cluster, options.filename, context, namespace)
        : await fromWords(cluster, words, {
            namespace,
            selector: options.selector,
            all: options.all,
          });
    const deleted: { target: Named; uid: string }[] = [];
    for (const target of targets) {
      const uid = await deleteOne(cluster, target, gracePeriodSeconds, options['ignore-not-found']);
      if (uid === undefined) continue;
      context.io.line(`${titleOf(target.resource)} "${target.name}" deleted`);
      deleted.push({ target, uid });
    }
    if (targets.length === 0) context.io.note('No resources found');
    if (options['no-wait']) return 0;
    const deadlineMs = context.clock.monotonicMs() + timeoutMs;
    for (const { target, uid } of deleted)
      await waitGone(cluster, target, uid, { context, deadlineMs });
    return 0;
  },
});

async function fromManifests(
  cluster: Cluster,
  files: readonly string[],
  { io }: CommandContext,
  namespace: string,
): Promise<Named[]> {
  const served = await cluster.resources();
  const manifests = await readManifests(files, io);
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

/** Answers the UID of what is being deleted, or undefined when it was gone and may be. */
async function deleteOne(
  { client }: Cluster,
  target: Named,
  gracePeriodSeconds: number | undefined,
  ignoreNotFound: boolean,
): Promise<string | undefined> {
  try {
    const { metadata } = await client.get(target.resource, target);
    await client.delete(target.resource, target, {
      propagationPolicy: 'Background',
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    });
    return metadata.uid;
  } catch (error) {
    if (ignoreNotFound && isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

const LOOK_MS = 100;

async function waitGone(
  { client }: Cluster,
  target: Named,
  uid: string,
  { context, deadlineMs }: { readonly context: CommandContext; readonly deadlineMs: number },
): Promise<void> {
  const { clock, signal } = context;
  for (;;) {
    const now = await find(client, target.resource, target);
    if (now?.metadata.uid !== uid) return;
    if (clock.monotonicMs() >= deadlineMs) {
      const holding = now.metadata.finalizers?.join(', ');
      throw new CommandError(`${titleOf(target.resource)} "${target.name}" is still there`, {
        advice: holding
          ? `These finalizers hold it: ${holding}.`
          : 'It is shutting down; look with "tutti describe".',
      });
    }
    await sleep(clock, LOOK_MS, signal);
  }
}

async function find(
  client: Cluster['client'],
  resource: ServedResource,
  target: Named,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(resource, target);
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}
