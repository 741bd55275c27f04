import { readText } from '../../client/http/connection.ts';
import { pathOf } from '../../client/http/paths.ts';
import type { ApiRequest } from '../../machinery/api-request.ts';
import type { KubeList, KubeObject } from '../../machinery/object.ts';
import type { Cluster } from '../cluster.ts';
import { type CommandContext, CommandError, command } from '../command.ts';
import type { ServedResource } from '../discovery.ts';
import {
  allNamespacesOption,
  fieldSelectorOption,
  namespaceOption,
  outputOption,
  selectorOption,
} from '../options.ts';
import { outputFormat, printObject, type Table, tableLines } from '../output.ts';
import { type Selection, selectResources } from '../selection.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export const get = command({
  name: 'get',
  summary: 'Show objects',
  details: `Examples:
  tutti get pods                      pods of the namespace
  tutti get deploy,svc -A             several kinds, everywhere
  tutti get pod web-7d9c5-x2x4z -o yaml
  tutti get pods -l app=web -w        then follow changes`,
  arguments: [
    { name: 'TYPE[/NAME]', description: 'pods, deploy/web, or deploy,svc', variadic: true },
  ],
  options: {
    namespace: namespaceOption,
    'all-namespaces': allNamespacesOption,
    selector: selectorOption,
    'field-selector': fieldSelectorOption,
    output: outputOption,
    watch: { short: 'w', description: 'Follow changes until interrupted' },
    'no-headers': { description: 'Leave the headings out' },
  },
  async run({ arguments: words, options }, context) {
    const cluster = await context.openCluster();
    const format = outputFormat(options.output);
    const selections = await selectResources(cluster, words, {
      namespace: options['all-namespaces'] ? undefined : (options.namespace ?? cluster.namespace),
    });
    const query = {
      ...(options.selector && { labelSelector: options.selector }),
      ...(options['field-selector'] && { fieldSelector: options['field-selector'] }),
    };
    const wanted = { cluster, context, query, format };
    if (format === 'json' || format === 'yaml') return printObjects(selections, wanted, format);
    if (options.watch) return follow(selections, wanted);
    const style = {
      wide: format === 'wide',
      withNamespace: options['all-namespaces'],
      headings: !options['no-headers'],
    };
    return printTables(selections, wanted, style);
  },
});

interface Wanted {
  readonly cluster: Cluster;
  readonly context: CommandContext;
  readonly query: ApiRequest['options'];
  readonly format: ReturnType<typeof outputFormat>;
}

const requestFor = (selection: Selection, query: ApiRequest['options']): ApiRequest => ({
  verb: selection.name ? 'get' : 'list',
  ...pick(selection.resource),
  ...(selection.namespace && { namespace: selection.namespace }),
  ...(selection.name && { name: selection.name }),
  options: query,
});

const pick = ({ group, version, plural }: ServedResource) => ({ group, version, plural });

async function fetchJson<R>(selection: Selection, wanted: Wanted, accept: string): Promise<R> {
  const { cluster, context, query } = wanted;
  const response = await cluster.connection.open({
    method: 'GET',
    path: pathOf(requestFor(selection, query)),
    headers: { accept },
    signal: context.signal,
  });
  return JSON.parse(await readText(response)) as R;
}

async function printObjects(
  selections: readonly Selection[],
  wanted: Wanted,
  format: 'json' | 'yaml',
): Promise<number> {
  const found: KubeObject[] = [];
  for (const selection of selections) {
    const { resource } = selection;
    const answer = await fetchJson<KubeObject | KubeList>(selection, wanted, 'application/json');
    if (!('items' in answer)) found.push(answer);
    else found.push(...answer.items.map((item) => ({ ...item, ...typeOf(resource) })));
  }
  const [only] = found;
  const isOne = selections.length === 1 && selections[0]?.name !== undefined;
  const list = { apiVersion: 'v1', kind: 'List', items: found, metadata: { resourceVersion: '' } };
  await printObject(wanted.context.io, isOne && only ? only : list, format);
  return 0;
}

const typeOf = ({ group, version, kind }: ServedResource) => ({
  apiVersion: group ? `${group}/${version}` : version,
  kind,
});

interface TableStyle {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  readonly headings: boolean;
}

async function printTables(
  selections: readonly Selection[],
  wanted: Wanted,
  style: TableStyle,
): Promise<number> {
  const { io } = wanted.context;
  let printed = 0;
  for (const selection of selections) {
    const table = await fetchJson<Table>(selection, wanted, TABLE);
    if (!table.rows?.length) continue;
    if (printed > 0 && wanted.format !== 'name') io.line();
    printed += table.rows.length;
    const prefix = `${selection.resource.singular}${groupSuffix(selection.resource)}/`;
    if (wanted.format === 'name') {
      for (const { cells } of table.rows) io.line(`${prefix}${cells[0]}`);
    } else {
      const mixed = selections.length > 1 ? prefix : '';
      for (const line of tableLines(table, { ...style, prefix: mixed })) io.line(line);
    }
  }
  if (printed === 0) io.note(nothingFound(selections));
  return 0;
}

const groupSuffix = ({ group }: ServedResource): string => (group ? `.${group}` : '');

function nothingFound([first]: readonly Selection[]): string {
  return first?.namespace
    ? `No resources found in ${first.namespace} namespace.`
    : 'No resources found';
}

/** Prints what there is, then a row for each change, until the signal aborts or the watch ends. */
async function follow(selections: readonly Selection[], wanted: Wanted): Promise<number> {
  const [selection] = selections;
  if (!selection || selections.length > 1) {
    throw new CommandError('--watch follows one resource type at a time');
  }
  const { cluster, context, query, format } = wanted;
  const named = selection.name ? { fieldSelector: `metadata.name=${selection.name}` } : {};
  const { name: _, ...collection } = selection;
  const style = { wide: format === 'wide', withNamespace: !selection.namespace, prefix: '' };
  const response = await cluster.connection.open({
    method: 'GET',
    path: pathOf({
      ...requestFor(collection, { ...query, ...named }),
      verb: 'watch',
    }),
    headers: { accept: TABLE },
    signal: context.signal,
  });
  let headings = true;
  let rest = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((each) => each !== '')) {
        const { object } = JSON.parse(line) as { object: Table };
        for (const row of tableLines(object, { ...style, headings })) context.io.line(row);
        headings = false;
      }
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
  return 0;
}
