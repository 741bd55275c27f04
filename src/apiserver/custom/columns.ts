import { age, ageColumn, nameColumn } from '../../api/columns.ts';
import type { Column } from '../../api/definition.ts';
import type { CustomResourceColumnDefinition } from '../../api/generated/apiextensions/v1/types.ts';
import { parseTime } from '../../base/clock.ts';
import { sortKeys } from '../../machinery/equal.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { type JsonPath, parseJsonPath } from '../../machinery/structural/json-path.ts';
import { goNumber } from '../../machinery/structural/numbers.ts';

type Cell = string | number | boolean | null;

/** The columns of `kubectl get`; name and age where a definition has none. */
export function customColumns(
  given: readonly CustomResourceColumnDefinition[] | undefined,
): readonly Column<KubeObject>[] {
  if (!given || given.length === 0) return [nameColumn, { ...ageColumn, type: 'date' }];
  return [nameColumn, ...given.map(customColumn)];
}

function customColumn(given: CustomResourceColumnDefinition): Column<KubeObject> {
  const { name, type, format = '', description, priority = 0, jsonPath } = given;
  // Read when the first row is made: most kinds are never printed.
  let path: JsonPath | undefined;
  return {
    name,
    type: type as Column<KubeObject>['type'],
    format,
    description:
      description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    cell(object, { now }) {
      path ??= pathOf(jsonPath);
      return cellOf(type, path.find(object)[0], now);
    },
  };
}

/** The path that a text stands for; one that makes no sense leads nowhere. */
export function pathOf(text: string): JsonPath {
  try {
    return parseJsonPath(text);
  } catch {
    return { find: () => [] };
  }
}

function cellOf(type: string, value: unknown, now: number): Cell {
  if (value === null && type === 'string') return '<no value>';
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return textOf(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return value !== '' && parseTime(value) === undefined ? '<invalid>' : age(value, now);
    default:
      return null;
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return goNumber(value);
  return typeof value === 'object' ? JSON.stringify(sortKeys(value)) : String(value);
}
