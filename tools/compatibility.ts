import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceDefinition } from '../src/api/definition.ts';
import { definitions } from '../src/api/definitions.ts';
import { uncontrolledKinds } from '../src/api/uncontrolled.ts';
import { apiVersionOf } from '../src/machinery/resource.ts';

// Writes the table of kinds in docs/compatibility.md from the definitions:
//   node tools/compatibility.ts [--check]

const FILE = join(import.meta.dirname, '../docs/compatibility.md');
const [BEGIN, END] = ['<!-- kinds: generated -->', '<!-- /kinds -->'];

/** What is written by hand for a kind, beyond what follows from its shape. */
const HAND_WRITTEN: readonly (keyof ResourceDefinition)[] = [
  'defaults',
  'validate',
  'validateCreate',
  'validateUpdate',
  'columns',
];

/** Groups whose kinds are all stored and answered as they should be, and change nothing yet. */
const WITHOUT_EFFECT = new Set([
  'apiregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
]);

const hasEffect = ({ group, kind }: ResourceDefinition): boolean =>
  !WITHOUT_EFFECT.has(group) &&
  !uncontrolledKinds.some((each) => each.group === group && each.kind === kind);

function stateOf(definition: ResourceDefinition): string {
  if (!hasEffect(definition)) return 'API only: nothing acts on it yet';
  if (definition.virtual) return 'works'; // It is answered, and neither stored nor listed.
  if (HAND_WRITTEN.every((part) => definition[part] === undefined)) {
    return 'stored; defaults, validation and columns not yet';
  }
  return definition.columns ? 'works' : 'works, plain columns';
}

function rowOf(definition: ResourceDefinition): string {
  const { kind, plural, verbs, status, scale, shortNames = [] } = definition;
  const names = [plural, ...shortNames].join(', ');
  const subresources = [...(status ? ['status'] : []), ...(scale ? ['scale'] : [])].join(', ');
  const shownVerbs = verbs ? verbs.join(', ') : 'all';
  return `| ${apiVersionOf(definition)} | ${kind} | ${names} | ${shownVerbs} | ${subresources} | ${stateOf(definition)} |`;
}

/** The table as the definitions have it now. */
function kindsTable(): string {
  const rows = definitions.map(rowOf).sort();
  const head =
    '| apiVersion | kind | names | verbs | subresources | state |\n|---|---|---|---|---|---|';
  return `${BEGIN}\n${head}\n${rows.join('\n')}\n${END}`;
}

/** The document with the table of today in it. */
export function withKinds(document: string): string {
  const [before = ''] = document.split(BEGIN);
  const [, after = ''] = document.split(END);
  return `${before}${kindsTable()}${after}`;
}

if (import.meta.main) {
  const document = readFileSync(FILE, 'utf8');
  const wanted = withKinds(document);
  if (!process.argv.includes('--check')) writeFileSync(FILE, wanted);
  else if (wanted !== document) {
    process.stderr.write('docs/compatibility.md is behind: run node tools/compatibility.ts\n');
    process.exitCode = 1;
  }
}
