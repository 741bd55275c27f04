import type { PolicyRule } from '../../../api/generated/rbac/v1/types.ts';
import type { ResourceAttributes } from '../authorizer.ts';

const ALL = '*';

/** What a rule says of the resources it names; undefined stands for any. */
interface ResourceRule {
  readonly verbs: readonly string[] | undefined;
  readonly groups: readonly string[] | undefined;
  readonly names: readonly string[] | undefined;
}

interface PathRule {
  readonly verbs: readonly string[] | undefined;
  readonly covers: (path: string) => boolean;
}

const anyOr = (list: readonly string[] | undefined): readonly string[] | undefined =>
  list?.includes(ALL) ? undefined : (list ?? []);

/**
 * The rules of one role, by the resources that they are about, so that a request is held against
 * those few that could allow it.
 */
export class CompiledRules {
  /** By resource: `pods`, `pods/log`, `*` for all, and `*` before a subresource: that of any. */
  readonly #byResource = new Map<string, ResourceRule[]>();
  readonly #everywhere: readonly ResourceRule[] | undefined;
  readonly #paths: readonly PathRule[];

  constructor(rules: readonly PolicyRule[]) {
    for (const rule of rules) this.#add(rule);
    this.#everywhere = this.#byResource.get(ALL);
    this.#paths = rules.flatMap(({ verbs, nonResourceURLs = [] }) =>
      nonResourceURLs.map((url) => ({ verbs: anyOr(verbs), covers: matcherOf(url) })),
    );
  }

  allows(attributes: ResourceAttributes): boolean {
    if (this.#everywhere !== undefined && isAllowed(this.#everywhere, attributes)) return true;
    const { plural, subresource } = attributes;
    const resource = subresource ? `${plural}/${subresource}` : plural;
    const rules = this.#byResource.get(resource);
    if (rules !== undefined && isAllowed(rules, attributes)) return true;
    if (!subresource) return false;
    const ofAny = this.#byResource.get(`*/${subresource}`);
    return ofAny !== undefined && isAllowed(ofAny, attributes);
  }

  allowsPath(verb: string, path: string): boolean {
    return this.#paths.some(
      ({ verbs, covers }) => (verbs === undefined || verbs.includes(verb)) && covers(path),
    );
  }

  #add({ verbs, apiGroups, resources = [], resourceNames }: PolicyRule): void {
    const names = resourceNames?.length ? resourceNames : undefined;
    const rule = { verbs: anyOr(verbs), groups: anyOr(apiGroups), names };
    for (const resource of resources) {
      const known = this.#byResource.get(resource);
      if (known === undefined) this.#byResource.set(resource, [rule]);
      else known.push(rule);
    }
  }
}

const isAllowed = (
  rules: readonly ResourceRule[],
  { verb, group, name = '' }: ResourceAttributes,
): boolean =>
  rules.some(
    ({ verbs, groups, names }) =>
      (verbs === undefined || verbs.includes(verb)) &&
      (groups === undefined || groups.includes(group)) &&
      (names === undefined || names.includes(name)),
  );

/** A URL may end in asterisks, for all that begins so. */
function matcherOf(url: string): (path: string) => boolean {
  if (!url.endsWith(ALL)) return (path) => path === url;
  const prefix = url.replace(/\*+$/, '');
  return (path) => path.startsWith(prefix);
}
