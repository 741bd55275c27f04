import { linesOfAll } from '../explain/lines.ts';
import { nameOf, type ResourceReference } from '../explain/reference.ts';
import { durationText } from './durations.ts';
import type { FieldChange } from './field-changes.ts';
import { type Colour, paint, type Span, type Style, span } from './paint.ts';
import type { BudgetOutcome, ObjectChange, Plan, QuotaOutcome } from './report.ts';
import { shownChange } from './shown-change.ts';
import { workloadLines } from './workload-lines.ts';

type Line = readonly (Span | string)[];

/** A plan for people: the whole in one line, then what changes, what follows, what goes wrong. */
export function linesOfPlan(plan: Plan, style: Style): string[] {
  const sections: readonly (readonly [title: string, lines: readonly Line[]])[] = [
    ['', plan.objects.flatMap((each) => objectLines(each, style))],
    ['Refused', refusalLines(plan)],
    ['Follows', followLines(plan, style)],
    ['Pods', plan.workloads.flatMap((each) => workloadLines(each, style))],
    ['Budgets', plan.budgets.map((each) => budgetLine(each, style))],
    ['Quotas', plan.quotas.map((each) => quotaLine(each, style))],
    ['Timeline', style.hasTimeline ? timelineLines(plan, style) : []],
    ['Not well in the end', troubleLines(plan)],
    ['To know', noteLines(plan)],
  ];
  const shown = sections.filter(([, lines]) => lines.length > 0);
  return [
    paint([span(plan.summary, HEAD_COLOURS[plan.outcome])], style),
    ...shown.flatMap(([title, lines]) => [
      '',
      ...(title ? [paint([span(title, 'bold')], style)] : []),
      ...lines.map((line) => paint(line, style)),
    ]),
  ];
}

const HEAD_COLOURS = { unchanged: 'green', changes: 'yellow', fails: 'red' } as const;

const MARKS: Readonly<Record<ObjectChange['action'], readonly [string, Colour]>> = {
  create: ['+', 'green'],
  change: ['~', 'yellow'],
  delete: ['-', 'red'],
  unchanged: [' ', 'dim'],
};

function objectLines({ about, action, fields }: ObjectChange, style: Style): Line[] {
  if (action === 'unchanged') return [];
  const [mark, colour] = MARKS[action];
  const head: Line = ['  ', span(`${mark} ${titleOf(about, style)}`, colour)];
  return action === 'change' ? [head, ...fieldLines(fields)] : [head];
}

function fieldLines(fields: readonly FieldChange[]): Line[] {
  const width = Math.min(PATH_MAX, Math.max(0, ...fields.map(({ path }) => path.length)));
  return fields.map(({ path, ...values }) => {
    const { before, after } = shownChange(values);
    return [
      `      ${path.padEnd(width)}  `,
      ...(before === undefined ? [] : [span(before, 'red')]),
      ...(before === undefined || after === undefined ? [] : [' → ']),
      ...(after === undefined ? [' is removed'] : [span(after, 'green')]),
    ];
  });
}

const PATH_MAX = 64;

/** `deployment/web`, with its namespace where that isn't the one that is meant anyway. */
function titleOf(about: ResourceReference, { namespace }: Style): string {
  const isElsewhere = about.namespace !== undefined && about.namespace !== namespace;
  return `${nameOf(about)}${isElsewhere ? ` in ${about.namespace}` : ''}`;
}

const refusalLines = ({ refusals }: Plan): Line[] =>
  refusals.flatMap(({ origin, message, advice }) => [
    ['  ', span(`✗ ${origin}`.trimEnd(), 'red')],
    ...message.split('\n').map((text): Line => [`      ${text}`]),
    ...(advice ? [[`      ${advice}`] as Line] : []),
  ]);

const FOLLOWS_NAMED_MAX = 12;

/** What is lost is named; of what is made it is enough to know how many. */
function followLines({ follows }: Plan, style: Style): Line[] {
  const lost = follows.filter(({ action }) => action === 'delete');
  const made = follows.filter(({ action }) => action === 'create');
  const kinds = new Map<string, number>();
  for (const { about } of made) kinds.set(about.kind, (kinds.get(about.kind) ?? 0) + 1);
  const more = lost.length - FOLLOWS_NAMED_MAX;
  return [
    ...lost
      .slice(0, FOLLOWS_NAMED_MAX)
      .map(({ about }): Line => ['  ', span(`- ${titleOf(about, style)}`, 'red')]),
    ...(more > 0 ? [[`    and ${more} more are deleted`] as Line] : []),
    ...[...kinds].map(
      ([kind, count]): Line => [
        '  ',
        span(`+ ${count} ${count > 1 ? pluralOf(kind) : kind}`, 'green'),
      ],
    ),
  ];
}

const pluralOf = (kind: string): string =>
  /[^aeiou]y$/.test(kind)
    ? `${kind.slice(0, -1)}ies`
    : `${kind}${/(s|x|ch)$/.test(kind) ? 'es' : 's'}`;

function budgetLine(
  { about, wanted, lowest, isBroken, blockedForMs }: BudgetOutcome,
  style: Style,
): Line {
  const name = titleOf(about, style);
  if (isBroken) {
    const text = `only ${lowest} healthy at times, ${wanted} wanted: rollouts don't ask budgets`;
    return ['  ', span(`! ${name}  ${text}`, 'yellow')];
  }
  return [`    ${name}  no node can be drained for ${durationText(blockedForMs)}`];
}

function quotaLine(
  { about, resource, hard, usedBefore, usedAfter, isHit }: QuotaOutcome,
  style: Style,
): Line {
  const text = `${titleOf(about, style)}  ${resource} ${usedBefore} → ${usedAfter} of ${hard}`;
  return isHit ? ['  ', span(`✗ ${text}: used up`, 'red')] : [`    ${text}`];
}

const timelineLines = ({ timeline }: Plan, style: Style): Line[] =>
  timeline.map(({ atMs, about, text }) => [
    `  ${durationText(atMs).padStart(9)}  ${titleOf(about, style)}: ${text}`,
  ]);

const troubleLines = ({ troubles }: Plan): Line[] =>
  linesOfAll(troubles).map((line) => [
    '  ',
    line.startsWith('xx') ? span(line, 'red') : span(line),
  ]);

const noteLines = ({ notes }: Plan): Line[] => notes.map((note) => [`  ${note}`]);
