import { quote } from '../quote.ts';
import { type StatusCause, StatusError } from '../status.ts';
import { describePath, type FieldSet, forEachPath, hasPath } from './field-set.ts';
import type { Manager } from './managers.ts';
import type { Step } from './step.ts';

/** A field that an apply would change, and who owns it. */
export interface Conflict {
  readonly manager: Manager;
  readonly path: readonly Step[];
}

/** Why an apply without force was refused. On the wire a Conflict with one cause per field. */
export class ApplyConflict extends StatusError {
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super('Conflict', messageOf(conflicts), { causes: conflicts.map(causeOf) });
    this.conflicts = conflicts;
  }
}

/** The error for fields by manager key: in the order of keys, then of paths. */
export function conflictError(
  fieldsByKey: ReadonlyMap<string, { readonly manager: Manager; readonly fields: FieldSet }>,
): ApplyConflict {
  const conflicts: Conflict[] = [];
  for (const key of [...fieldsByKey.keys()].sort()) {
    const { manager, fields } = fieldsByKey.get(key)!;
    forEachPath(fields, (path) => conflicts.push({ manager, path }));
  }
  return new ApplyConflict(conflicts);
}

/**
 * The same error without the conflicts that are allowed; itself when none can be allowed, and
 * undefined when all are.
 */
export function conflictsLeft(error: ApplyConflict, allowed: FieldSet): ApplyConflict | undefined {
  if (allowed === undefined) return error;
  const left = error.conflicts.filter(({ path }) => !hasPath(allowed, path));
  return left.length === 0 ? undefined : new ApplyConflict(left);
}

const causeOf = ({ manager, path }: Conflict): StatusCause => ({
  reason: 'FieldManagerConflict',
  message: `conflict with ${describeManager(manager)}`,
  field: describePath(path),
});

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1) {
    const who = describeManager(first.manager);
    return `Apply failed with 1 conflict: conflict with ${who}: ${describePath(first.path)}`;
  }
  const lines: string[] = [];
  conflicts.forEach(({ manager, path }, i) => {
    const isNext = i === 0 || conflicts[i - 1]!.manager !== manager;
    if (isNext) lines.push(`conflicts with ${describeManager(manager)}:`);
    lines.push(`- ${describePath(path)}`);
  });
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function describeManager({ manager, subresource, operation, apiVersion }: Manager): string {
  const where = subresource ? ` with subresource ${quote(subresource)}` : '';
  const how = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${quote(manager)}${where}${how}`;
}
