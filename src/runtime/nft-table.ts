/** A set or map in a table. Keys and values are in nft's own words. */
export interface NftSet {
  readonly kind: 'set' | 'map';
  /** What stands in the braces of its declaration: `type ipv4_addr; flags interval;`. */
  readonly spec: string;
  /** Values by key, empty in sets. Undefined when rules fill it, packet by packet. */
  readonly elements?: ReadonlyMap<string, string>;
}

export interface NftChain {
  /** `type nat hook prerouting priority dstnat;`, for chains where packets come in. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

/** What a table is to be: all of it, for nothing else may write to it. */
export interface NftTable {
  readonly name: string;
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly chains: ReadonlyMap<string, NftChain>;
}

/** Names of what a table has. */
export interface NftNames {
  readonly sets: ReadonlyMap<string, NftSet['kind']>;
  readonly chains: ReadonlySet<string>;
}

export interface NftChange {
  /** One transaction: all or nothing, and no packet sees it half done. */
  readonly commands: readonly string[];
  /**
   * Sets and chains that nothing refers to any more, for a transaction after that one: kernels
   * before 6.x refuse to delete a chain together with the map element that led to it.
   */
  readonly unused: NftNames;
}

/** The commands that turn one table into another. Nothing changed, nothing commanded. */
export function changeTable(before: NftTable, after: NftTable): NftChange {
  const at = `inet ${after.name}`;
  const unused = { sets: new Map<string, NftSet['kind']>(), chains: new Set<string>() };
  const commands: string[] = [];
  for (const [name, set] of after.sets) {
    if (!before.sets.has(name)) commands.push(declareSet(at, name, set));
  }
  for (const [name, chain] of after.chains) {
    if (!before.chains.has(name)) commands.push(declareChain(at, name, chain));
  }
  for (const [name, chain] of after.chains) {
    const old = before.chains.get(name);
    if (old && sameRules(old.rules, chain.rules)) continue;
    if (old) commands.push(`flush chain ${at} ${name}`);
    for (const rule of chain.rules) commands.push(`add rule ${at} ${name} ${rule}`);
  }
  for (const [name, set] of after.sets) {
    commands.push(...changeElements(at, name, before.sets.get(name)?.elements, set.elements));
  }
  for (const name of before.chains.keys()) {
    if (after.chains.has(name)) continue;
    commands.push(`flush chain ${at} ${name}`);
    unused.chains.add(name);
  }
  for (const [name, { kind }] of before.sets)
    if (!after.sets.has(name)) unused.sets.set(name, kind);
  return { commands, unused };
}

/**
 * The commands that turn a table of which only the names are known into `after`, in one transaction.
 * Sets that rules fill keep what is in them.
 */
export function takeOverTable(existing: NftNames, after: NftTable): NftChange {
  const at = `inet ${after.name}`;
  const commands = [`add table ${at}`, `flush table ${at}`];
  for (const [name, kind] of existing.sets) {
    const set = after.sets.get(name);
    if (!set || set.elements) commands.push(`flush ${kind} ${at} ${name}`);
  }
  const { commands: made } = changeTable(
    { name: after.name, sets: new Map(), chains: new Map() },
    after,
  );
  const sets = new Map([...existing.sets].filter(([name]) => !after.sets.has(name)));
  const chains = new Set([...existing.chains].filter((name) => !after.chains.has(name)));
  return { commands: [...commands, ...made], unused: { sets, chains } };
}

/** The commands that make the table anew, whatever it was. */
export function replaceTable(after: NftTable): string[] {
  const nothing = { sets: new Map(), chains: new Set<string>() };
  // Adding it first makes deleting it never fail.
  return [
    `add table inet ${after.name}`,
    `delete table inet ${after.name}`,
    ...takeOverTable(nothing, after).commands,
  ];
}

/** The commands that delete what nothing refers to. */
export function deleteUnused(table: string, { sets, chains }: NftNames): string[] {
  return [
    ...[...chains].map((name) => `delete chain inet ${table} ${name}`),
    ...[...sets].map(([name, kind]) => `delete ${kind} inet ${table} ${name}`),
  ];
}

const declareSet = (at: string, name: string, { kind, spec }: NftSet): string =>
  `add ${kind} ${at} ${name} { ${spec} }`;

const declareChain = (at: string, name: string, { hook }: NftChain): string =>
  `add chain ${at} ${name}${hook === undefined ? '' : ` { ${hook} }`}`;

const sameRules = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((rule, i) => rule === b[i]));

function changeElements(
  at: string,
  name: string,
  before: ReadonlyMap<string, string> | undefined,
  after: ReadonlyMap<string, string> | undefined,
): string[] {
  if (before === after) return [];
  const gone: string[] = [];
  const come: string[] = [];
  for (const [key, value] of before ?? []) if (after?.get(key) !== value) gone.push(key);
  for (const [key, value] of after ?? []) {
    if (before?.get(key) !== value) come.push(value === '' ? key : `${key} : ${value}`);
  }
  return [
    ...(gone.length > 0 ? [`delete element ${at} ${name} { ${gone.join(', ')} }`] : []),
    ...(come.length > 0 ? [`add element ${at} ${name} { ${come.join(', ')} }`] : []),
  ];
}
