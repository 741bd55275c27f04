import type { ApiRequest } from '../machinery/api-request.ts';
import type { KubeObject } from '../machinery/object.ts';
import { type Status, StatusError } from '../machinery/status.ts';
import { CommandError } from './command.ts';
import { type GetCall, openAnswer, requestFor, TABLE } from './get-call.ts';
import { linesOf } from './lines.ts';
import { formatValue, withoutManagers } from './output.ts';
import { type Selection, titleOf } from './selection.ts';
import { cellsOf, headingsOf, type Table, TableWriter } from './table.ts';

/** Prints what there is, then what changes, until the signal aborts or the watch ends. */
export async function follow(selections: readonly Selection[], call: GetCall): Promise<void> {
  const [selection] = selections;
  if (!selection || selections.length > 1) {
    throw new CommandError('--watch follows one type at a time', {
      advice: 'Name one type, and at most one name.',
    });
  }
  const { context, query, format } = call;
  const { name, ...collection } = selection;
  const narrowed = name ? { fieldSelector: `metadata.name=${name}` } : query;
  const request: ApiRequest = { ...requestFor(collection, narrowed), verb: 'watch' };
  const isWhole = format === 'json' || format === 'yaml';
  const print = isWhole ? objectPrinter(call, format) : rowPrinter(selection, call);
  try {
    const response = await openAnswer(call, request, isWhole ? 'application/json' : TABLE);
    for await (const line of linesOf(response)) {
      const { type, object } = JSON.parse(line) as { readonly type: string; object: unknown };
      if (type === 'ERROR') throw StatusError.from(object as Status);
      await print(object as never);
    }
  } catch (error) {
    if (!context.signal.aborted) throw error; // Ctrl-C is how one stops following.
  }
}

function rowPrinter(
  { resource }: Selection,
  { context, format, withNamespace, withHeadings }: GetCall,
): (table: Table) => void {
  const { io } = context;
  const writer = new TableWriter();
  const style = { wide: format === 'wide', withNamespace, prefix: '' };
  let columns: Table['columnDefinitions'];
  return (part) => {
    if (format === 'name') {
      for (const { object } of part.rows ?? []) {
        io.line(`${titleOf(resource)}/${object?.metadata.name}`);
      }
      return;
    }
    const isFirst = columns === undefined;
    columns ??= part.columnDefinitions; // Only the first part is sure to have them.
    const table = { ...part, columnDefinitions: columns ?? [] };
    const headings = isFirst && withHeadings ? [headingsOf(table, style)] : [];
    for (const line of writer.lines([...headings, ...cellsOf(table, style)])) io.line(line);
  };
}

function objectPrinter(
  { context, withManagers }: GetCall,
  format: 'json' | 'yaml',
): (object: KubeObject) => Promise<void> {
  const { io } = context;
  let isFirst = true;
  return async (object) => {
    if (format === 'yaml' && !isFirst) io.line('---');
    isFirst = false;
    await io.write(formatValue(withManagers ? object : withoutManagers(object), format));
  };
}
