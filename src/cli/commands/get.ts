import { readText } from '../../client/http/connection.ts';
import type { KubeList, KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { command } from '../command.ts';
import { follow } from '../follow.ts';
import { type GetCall, openAnswer, requestFor, TABLE } from '../get-call.ts';
import {
  allNamespacesOption,
  fieldSelectorOption,
  namespaceOption,
  outputOption,
  selectorOption,
} from '../options.ts';
import { itemsOf, outputFormat, printObjects } from '../output.ts';
import { type Selection, selectResources, titleOf } from '../selection.ts';
import { cellsOf, headingsOf, type Table, TableWriter } from '../table.ts';

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
    'ignore-not-found': { description: "Take no offence at names that there aren't" },
    'show-managed-fields': { description: 'Show who set which field, in json and yaml' },
  },
  async run({ arguments: words, options }, context) {
    const format = outputFormat(options.output);
    const cluster = await context.openCluster();
    const selections = await selectResources(cluster, words, {
      namespace: options['all-namespaces'] ? undefined : (options.namespace ?? cluster.namespace),
    });
    const call: GetCall = {
      cluster,
      context,
      format,
      query: {
        ...(options.selector && { labelSelector: options.selector }),
        ...(options['field-selector'] && { fieldSelector: options['field-selector'] }),
      },
      withNamespace: options['all-namespaces'],
      withHeadings: !options['no-headers'],
      withManagers: options['show-managed-fields'],
      ignoreNotFound: options['ignore-not-found'],
    };
    if (options.watch) await follow(selections, call);
    else if (format === 'json' || format === 'yaml') await showWhole(selections, call, format);
    else await showTables(selections, call);
    return 0;
  },
});

/** The answers for all selections, asked for side by side; undefined for what may be missing. */
function fetchAll<R>(
  selections: readonly Selection[],
  call: GetCall,
  accept: string,
): Promise<(R | undefined)[]> {
  return Promise.all(
    selections.map(async (selection) => {
      try {
        const response = await openAnswer(call, requestFor(selection, call.query), accept);
        return JSON.parse(await readText(response)) as R;
      } catch (error) {
        if (call.ignoreNotFound && isStatusError(error, 'NotFound')) return undefined;
        throw error;
      }
    }),
  );
}

async function showWhole(
  selections: readonly Selection[],
  call: GetCall,
  format: 'json' | 'yaml',
): Promise<void> {
  const answers = await fetchAll<KubeObject | KubeList>(selections, call, 'application/json');
  const found = answers.flatMap((answer, i) => {
    if (answer === undefined) return [];
    return 'items' in answer ? itemsOf(answer, selections[i]!.resource) : [answer];
  });
  const isOne = selections.length === 1 && selections[0]?.name !== undefined;
  if (isOne && found.length === 0) return;
  await printObjects(call.context.io, found, { format, isOne, withManagers: call.withManagers });
}

async function showTables(selections: readonly Selection[], call: GetCall): Promise<void> {
  const { context, format, withNamespace, withHeadings, ignoreNotFound } = call;
  const { io } = context;
  const tables = await fetchAll<Table>(selections, call, TABLE);
  const shown = joined(selections, tables).filter(({ table }) => table.rows?.length);
  const isMixed = new Set(selections.map(({ resource }) => resource)).size > 1;
  for (const [i, { selection, table }] of shown.entries()) {
    const title = titleOf(selection.resource);
    if (format === 'name') {
      for (const row of table.rows ?? []) io.line(`${title}/${row.object?.metadata.name}`);
      continue;
    }
    const prefix = isMixed ? `${title}/` : '';
    const style = { wide: format === 'wide', withNamespace, prefix };
    const headings = withHeadings ? [headingsOf(table, style)] : [];
    if (i > 0 && withHeadings) io.line();
    for (const line of new TableWriter().lines([...headings, ...cellsOf(table, style)])) {
      io.line(line);
    }
  }
  if (shown.length === 0 && !ignoreNotFound) io.note(nothingFound(selections));
}

/** Rows of one resource belong into one table, however many names were asked for. */
function joined(
  selections: readonly Selection[],
  tables: readonly (Table | undefined)[],
): { readonly selection: Selection; readonly table: Table }[] {
  const all: { selection: Selection; table: Table }[] = [];
  for (const [i, table] of tables.entries()) {
    const selection = selections[i]!;
    const last = all.at(-1);
    if (!table) continue;
    if (last?.selection.resource !== selection.resource) all.push({ selection, table });
    else last.table = { ...table, rows: [...(last.table.rows ?? []), ...(table.rows ?? [])] };
  }
  return all;
}

function nothingFound([first]: readonly Selection[]): string {
  return first?.namespace
    ? `No resources found in ${first.namespace} namespace.`
    : 'No resources found';
}
