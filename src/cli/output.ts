import type { KubeList, KubeObject } from '../machinery/object.ts';
import { toYaml } from '../machinery/yaml-writer.ts';
import { CommandError } from './command.ts';
import type { Io } from './io.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

const FORMATS = ['json', 'yaml', 'name', 'wide'] as const;
type Named = (typeof FORMATS)[number];

/** The format that `-o` asks for, of those that make sense here. Throws CommandError for another. */
export function outputFormat<F extends Named = Named>(
  text: string | undefined,
  known: readonly F[] = FORMATS as readonly Named[] as readonly F[],
): F | 'table' {
  if (text === undefined || text === '') return 'table';
  const found = known.find((each) => each === text);
  if (found) return found;
  const last = known.at(-1);
  throw new CommandError(`-o doesn't know "${text}"`, {
    isMisuse: true,
    advice: `It takes ${known.slice(0, -1).join(', ')} or ${last}.`,
  });
}

/** Any plain value as JSON or YAML, with a line break at its end. */
export const formatValue = (value: unknown, format: 'json' | 'yaml'): string =>
  format === 'json' ? `${JSON.stringify(value, null, 4)}\n` : toYaml(value);

/** Writes objects as JSON or YAML: one alone as it is, else as a List. */
export async function printObjects(
  io: Io,
  objects: readonly KubeObject[],
  {
    format,
    isOne = objects.length === 1,
    withManagers = false,
  }: {
    readonly format: 'json' | 'yaml';
    readonly isOne?: boolean;
    /** Whether to show `managedFields`, which few want to see. */
    readonly withManagers?: boolean;
  },
): Promise<void> {
  const items = withManagers ? objects : objects.map(withoutManagers);
  const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
  await io.write(formatValue(isOne && items[0] ? items[0] : list, format));
}

/** An object without the notes on who set which field. */
export function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Items of a list as objects of their own: lists say only once what they hold. */
export const itemsOf = (
  { items }: KubeList,
  { group, version, kind }: { group: string; version: string; kind: string },
): KubeObject[] =>
  items.map((item) => ({ ...item, apiVersion: group ? `${group}/${version}` : version, kind }));
