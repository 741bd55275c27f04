type Fields = Record<string, unknown>;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;
const ADDRESS = /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g;
const DAY_MS = 86_400_000;

/** What stands for the case in its requests and answers. */
export interface CaseNames {
  readonly namespace: string;
  /** The beginning of the names of cluster-scoped objects. */
  readonly prefix: string;
  /** The server's host and port. */
  readonly host: string;
}

/**
 * Makes answers of different runs comparable: identities, times, allotted addresses and generated
 * names become `<uid-1>`, `<time>`, `<ip-1>`, numbered as they first appear in the case.
 */
export class Normaliser {
  readonly #requests: string;
  readonly #names: CaseNames;
  readonly #now: number;
  readonly #seen = new Map<string, Map<string, string>>();
  readonly #generated: readonly (readonly [string, RegExp])[];

  constructor(requests: string, names: CaseNames, now: number) {
    this.#requests = requests;
    this.#names = names;
    this.#now = now;
    this.#generated = [...requests.matchAll(/"generateName":"([^"]*)"/g)].map(([, stem = '']) => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: so the recordings write it.
      const begin = stem.replace('${id}', names.prefix).slice(0, 58);
      const literal = begin.replace(/[.*+?^$\\{}()|[\]]/g, '\\$&');
      return [begin, new RegExp(`${literal}([b-df-hj-np-tv-xz2456789]{5})(?![a-z0-9])`, 'g')];
    });
  }

  /** A value of an answer, with its keys in order. `key` is the member that it is of. */
  value(value: unknown, key = ''): unknown {
    if (typeof value === 'string') return this.text(value, key);
    if (typeof value === 'number') return this.#number(value, key);
    if (Array.isArray(value)) {
      if (key !== 'managedFields') return value.map((each) => this.value(each, key));
      // Ordered by time, to the second: not the same in each run.
      return sortedBy(value, (each: Fields) => [
        each.operation,
        each.manager,
        each.subresource ?? '',
        each.apiVersion,
      ]).map((each) => this.value(each));
    }
    if (typeof value !== 'object' || value === null) return value;
    const settled = this.#settled(value as Fields);
    const keys = Object.keys(settled).sort();
    const values = keys.map((each) => [each, this.value(settled[each], each)] as const);
    return Object.fromEntries(values.map(([each, made]) => [this.text(each), made]));
  }

  /** A text of an answer. */
  text(given: string, key = ''): unknown {
    if (key === 'resourceVersion' && /^\d+$/.test(given)) {
      return given === '0' ? given : this.#id('rv', given);
    }
    if (key === 'continue' && given) return '<continue>';
    if (key === 'kid') return '<kid>';
    const isCustom = this.#requests.includes('customresourcedefinitions');
    if (key === 'storageVersionHash' && isCustom) return '<hash>';
    if (TOKEN.test(given)) return this.#claims(given);
    return this.#versions(fixed(this.#allotted(this.#named(given))));
  }

  #named(given: string): string {
    let text = given;
    for (const [stem, pattern] of this.#generated) {
      text = text.replace(pattern, (_, end: string) => stem + this.#id('gen', end));
    }
    const { namespace, prefix, host } = this.#names;
    return text.replaceAll(namespace, '<ns>').replaceAll(prefix, '<id>').replaceAll(host, '<host>');
  }

  #allotted(text: string): string {
    return text
      .replace(UUID, (uid) => this.#id('uid', uid))
      .replace(TIME, (time, fraction) =>
        Math.abs(Date.parse(time) - this.#now) < 2 * DAY_MS
          ? fraction
            ? '<microtime>'
            : '<time>'
          : time,
      )
      .replace(ADDRESS, (ip) => (this.#requests.includes(ip) ? ip : this.#id('ip', ip)))
      .replace(/\b3[0-2]\d{3}\b/g, (port) =>
        this.#seen.get('nodePort')?.has(port) ? this.#id('nodePort', port) : port,
      );
  }

  #versions(given: string): string {
    if (!/resource ?version/i.test(given)) return given;
    let text = given;
    for (const [revision, name] of this.#seen.get('rv') ?? []) {
      text = text.replace(new RegExp(`\\b${revision}\\b`, 'g'), name);
    }
    return text;
  }

  #number(value: number, key: string): unknown {
    const isAllotted = /nodePort/i.test(key) && value && !this.#requests.includes(String(value));
    return isAllotted ? this.#id('nodePort', String(value)) : value;
  }

  #id(kind: string, raw: string): string {
    let known = this.#seen.get(kind);
    if (known === undefined) {
      known = new Map();
      this.#seen.set(kind, known);
    }
    let name = known.get(raw);
    if (name === undefined) {
      name = `<${kind}-${known.size + 1}>`;
      known.set(raw, name);
    }
    return name;
  }

  /** A token as what it says. */
  #claims(token: string): unknown {
    const [header, payload] = token
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Fields);
    const claims = payload as Fields & { iat: number; 'kubernetes.io'?: Fields };
    for (const key of ['exp', 'nbf']) {
      if (claims[key]) claims[key] = `iat+${Number(claims[key]) - claims.iat}`;
    }
    if (claims.iat) Object.assign(claims, { iat: '<iat>' });
    if (claims['kubernetes.io']?.warnafter) claims['kubernetes.io'].warnafter = '<warnafter>';
    return { jwt: this.value({ header, payload: claims }) };
  }

  /** What differs between runs by the kind of the object. */
  #settled(given: Fields): Fields {
    if (given.type === 'BOOKMARK') {
      return { ...given, object: stamped(given.object as Fields, '<bookmark-rv>') };
    }
    const kind = typeof given.kind === 'string' ? given.kind : '';
    const value = /(List|^Table)$/.test(kind) ? stamped(given, '<list-rv>') : given;
    if (kind === 'Table' && value.rows) {
      const rows = (value.rows as Fields[]).map((row) => {
        const cells = (row.cells as unknown[] | undefined)?.map((cell) => this.#cell(cell));
        return { ...row, cells };
      });
      return { ...value, rows };
    }
    if (kind === 'SelfSubjectRulesReview' && value.status) {
      const status = value.status as Fields; // Rules come in any order.
      const resourceRules = sortedBy(status.resourceRules as unknown[], (rule) => rule);
      const nonResourceRules = sortedBy(status.nonResourceRules as unknown[], (rule) => rule);
      return { ...value, status: { ...status, resourceRules, nonResourceRules } };
    }
    return this.#withoutForeignGroups(kind, value);
  }

  /** Without the groups of custom resources that other cases are using at this moment. */
  #withoutForeignGroups(kind: string, value: Fields): Fields {
    const isOurs = (name = '') =>
      !/\.(golden|remote)\.example$/.test(name) || name.includes(this.#names.prefix);
    if (kind === 'APIGroupList' && value.groups) {
      const groups = (value.groups as { name?: string }[]).filter(({ name }) => isOurs(name));
      return { ...value, groups };
    }
    if (kind === 'APIGroupDiscoveryList' && value.items) {
      const items = value.items as { metadata?: { name?: string } }[];
      return { ...value, items: items.filter(({ metadata }) => isOurs(metadata?.name)) };
    }
    return value;
  }

  #cell(cell: unknown): unknown {
    if (typeof cell !== 'string') return cell;
    return cell
      .replace(/^\d{1,2}s$/, '<age>')
      .replace(/(?<=:)3[0-2]\d{3}(?=\/)/g, (port) =>
        this.#requests.includes(port) ? port : this.#id('nodePort', port),
      );
  }
}

/** What differs between runs wherever it stands. */
const fixed = (text: string): string =>
  text
    .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-<gen>')
    .replace(/(resourceVersion\\*":\\*")\d+/g, '$1<rv>')
    .replace(/in scheme "[^"]*pkg\/api\/legacyscheme/, 'in scheme "pkg/api/legacyscheme')
    .replace(/\n@@ -[\s\S]*$/, '\n<diff of Go structs>')
    .replace(/too old resource version: \d+ \(\d+\)/, 'too old resource version: <n> (<n>)')
    .replace(/(Too large resource version: \d+, current: )\d+/, '$1<n>');

function stamped(object: Fields, resourceVersion: string): Fields {
  const metadata = object?.metadata as Fields | undefined;
  if (!/^[1-9]\d*$/.test(String(metadata?.resourceVersion ?? ''))) return object;
  return { ...object, metadata: { ...metadata, resourceVersion } };
}

function sortedBy<T>(list: readonly T[] | undefined, rank: (each: T) => unknown): T[] {
  const ranked = (list ?? []).map((each) => [JSON.stringify(rank(each)), each] as const);
  return ranked.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, each]) => each);
}
