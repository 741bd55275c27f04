import type { PolicyRule } from '../../../api/generated/rbac/v1/types.ts';
import { quote } from '../../../machinery/quote.ts';

const ALL = '*';

/** What looking at rules may cost at most, in comparisons of two: half a second. */
const COMPARISONS_MAX = 10_000_000;
/** What it costs to make a part, and to tell of it. */
const PART_COST = 100;

/**
 * The parts of `wanted` that none of the `held` rules allows, each about one thing. The parts of a
 * rule are its lists multiplied, and a few kilobytes multiply to more than a server has time for:
 * what is too much to be looked at in parts counts as a whole, and as allowed by one rule or by none.
 */
export function uncovered(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): PolicyRule[] {
  const cost = held.length + PART_COST;
  let left = Math.floor(COMPARISONS_MAX / cost);
  const isCovered = (part: PolicyRule) => left-- > 0 && held.some((rule) => covers(rule, part));
  return wanted.flatMap((rule) => {
    if (isCovered(rule)) return [];
    if (partsIn(rule) > left) return [rule];
    return partsOf(rule).filter((part) => !isCovered(part));
  });
}

/** How many parts a rule has. */
function partsIn({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule) {
  const size = (list: readonly string[] | undefined) => list?.length ?? 0;
  const things = size(apiGroups) * size(resources) * Math.max(size(resourceNames), 1);
  return size(verbs) * (things + size(nonResourceURLs));
}

/** A rule as rules of one verb on one thing each. */
function partsOf({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): PolicyRule[] {
  const names = resourceNames.length > 0 ? resourceNames.map((name) => [name]) : [undefined];
  const parts: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs ?? []) {
        for (const name of names) {
          const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
          parts.push(name ? { ...part, resourceNames: name } : part);
        }
      }
    }
  }
  for (const url of nonResourceURLs) {
    for (const verb of verbs ?? []) parts.push({ nonResourceURLs: [url], verbs: [verb] });
  }
  return parts;
}

function covers(held: PolicyRule, part: PolicyRule): boolean {
  const names = held.resourceNames ?? [];
  return (
    hasAll(held.verbs, part.verbs) &&
    hasAll(held.apiGroups, part.apiGroups) &&
    coversResources(held.resources, part.resources) &&
    (names.length === 0 ||
      (!!part.resourceNames?.length && part.resourceNames.every((name) => names.includes(name)))) &&
    coversUrls(held.nonResourceURLs, part.nonResourceURLs)
  );
}

type Words = readonly string[] | null | undefined;

/** What is written wrongly, as a list that is missing, is looked at before it is refused. */
const hasAll = (held: Words, wanted: Words): boolean =>
  held?.includes(ALL) || (wanted ?? []).every((each) => held?.includes(each));

function coversResources(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return wanted.every((resource) => {
    if (held.includes(ALL) || held.includes(resource)) return true;
    const at = resource.indexOf('/');
    return at >= 0 && held.includes(`*/${resource.slice(at + 1)}`);
  });
}

const coversUrls = (held: readonly string[] = [], wanted: readonly string[] = []): boolean =>
  wanted.every((url) =>
    held.some(
      (each) => each === url || (each.endsWith(ALL) && url.startsWith(each.replace(/\*+$/, ''))),
    ),
  );

/** Parts of rules as refusals list them: those of one resource together, a line each, sorted. */
export function describeParts(parts: readonly PolicyRule[]): string {
  const verbsOf = new Map<string, string[]>();
  const lines: string[] = [];
  for (const part of parts) {
    if (part.resourceNames || part.nonResourceURLs) {
      lines.push(describeRule(part));
      continue;
    }
    const thing = JSON.stringify([part.apiGroups, part.resources]);
    const verbs = verbsOf.get(thing);
    if (verbs === undefined) verbsOf.set(thing, [...part.verbs]);
    else verbs.push(...part.verbs);
  }
  for (const [thing, verbs] of verbsOf) {
    const [apiGroups, resources] = JSON.parse(thing) as [string[], string[]];
    lines.push(describeRule({ apiGroups, resources, verbs }));
  }
  return [...new Set(lines)].sort().join('\n');
}

function describeRule({
  apiGroups,
  resources,
  nonResourceURLs,
  resourceNames,
  verbs,
}: PolicyRule): string {
  const said = { APIGroups: apiGroups, Resources: resources, NonResourceURLs: nonResourceURLs };
  const fields = Object.entries({ ...said, ResourceNames: resourceNames, Verbs: verbs });
  const texts = fields.flatMap(([name, list]) =>
    list?.length ? [`${name}:${quotedList(list)}`] : [],
  );
  return `{${texts.join(', ')}}`;
}

/** A list in the form of `%q`. */
export const quotedList = (list: readonly string[]): string => `[${list.map(quote).join(' ')}]`;
