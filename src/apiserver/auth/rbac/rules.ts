import type { PolicyRule } from '../../../api/generated/rbac/v1/types.ts';

export const READS = 'get list watch';
export const WRITES = 'create delete deletecollection patch update';
export const READS_AND_WRITES = 'create delete deletecollection get list patch update watch';

/** Groups as rules are written here; the core group has no name. */
export const CORE = 'core';

const lists = new Map<string, readonly string[]>();

/** The words of a text: one list for all texts that are alike, as most are. */
function words(text: string): readonly string[] {
  let list = lists.get(text);
  if (list === undefined) {
    list = Object.freeze(text.split(' ').map((word) => (word === CORE ? '' : word)));
    lists.set(text, list);
  }
  return list;
}

/**
 * A rule in words: `allow('get list', 'pods services')`, in the core group unless said. The words are
 * in the order in which clients shall see them.
 */
export function allow(
  verbs: string,
  resources: string,
  groups: string = CORE,
  names?: string,
): PolicyRule {
  return {
    verbs: words(verbs),
    apiGroups: words(groups),
    resources: words(resources),
    ...(names !== undefined && { resourceNames: words(names) }),
  };
}

export const reads = (resources: string, groups?: string): PolicyRule =>
  allow(READS, resources, groups);

export const allowPaths = (urls: string): PolicyRule => ({
  verbs: ['get'],
  nonResourceURLs: words(urls),
});

/** Writing events, which have two names. */
export const EVENTS = allow('create patch update', 'events', `${CORE} events.k8s.io`);
