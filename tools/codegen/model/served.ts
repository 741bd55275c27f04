import {
  type ApiMessage,
  type ApiModel,
  type ApiPackage,
  isEmbedded,
  type Lifecycle,
} from './types.ts';

/** The release of the API that is generated. */
const RELEASE = '1.36';

/** Whether `a` is a later release than `b`. */
function isAfter(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA > majorB || (majorA === majorB && minorA > minorB);
}

const isGone = ({ removed }: Lifecycle): boolean =>
  removed !== undefined && !isAfter(removed, RELEASE);

/**
 * The group-versions as this release serves them: no alpha ones, which nobody gets without asking, no
 * kinds that were removed, and no messages that no kind can hold.
 */
export function servedPart(model: ApiModel): ApiPackage[] {
  const served = [...model.packages.values()]
    .filter(({ version }) => !version.includes('alpha'))
    .map(withoutRemovedKinds)
    .filter(({ folder, kinds }) => kinds.size > 0 || KEPT_WHOLE.test(folder))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
  const reachable = new Set<ApiMessage>();
  for (const { folder, kinds, messages } of served) {
    const roots = KEPT_WHOLE.test(folder) ? messages.keys() : kinds.keys();
    for (const name of roots) markReachable(messages.get(name)!, model, reachable);
  }
  const pruned = served.map((each) => onlyMessages(each, reachable));
  const named = new Set(pruned.flatMap(namedTypes));
  return pruned.map((each) => onlyEnums(each, named));
}

// What every kind and every client may need.
const KEPT_WHOLE = /^(meta|apimachinery)\//;

function withoutRemovedKinds(source: ApiPackage): ApiPackage {
  const kinds = [...source.kinds].filter(([, { lifecycle }]) => !isGone(lifecycle));
  return { ...source, kinds: new Map(kinds) };
}

function markReachable(message: ApiMessage, model: ApiModel, reached: Set<ApiMessage>): void {
  if (reached.has(message)) return;
  reached.add(message);
  for (const { type } of message.members) {
    if (!('message' in type)) continue;
    const target = model.packages.get(type.folder)?.messages.get(type.message);
    if (!target)
      throw new Error(`${message.name} refers to unknown ${type.folder}.${type.message}`);
    markReachable(target, model, reached);
  }
}

function onlyMessages(source: ApiPackage, kept: ReadonlySet<ApiMessage>): ApiPackage {
  const messages = [...source.messages].filter(([, message]) => kept.has(message));
  return { ...source, messages: new Map(messages) };
}

/** The named strings that fields of this group-version have, as `core/v1.Protocol`. */
function namedTypes({ folder, messages }: ApiPackage): string[] {
  const members = [...messages.values()].flatMap((message) => message.members);
  return members.flatMap((member) => {
    if (isEmbedded(member) || member.named === undefined) return [];
    return [member.named.includes('.') ? member.named : `${folder}.${member.named}`];
  });
}

function onlyEnums(source: ApiPackage, named: ReadonlySet<string>): ApiPackage {
  const enums = [...source.enums].filter(([name]) => named.has(`${source.folder}.${name}`));
  return { ...source, enums: new Map(enums) };
}
