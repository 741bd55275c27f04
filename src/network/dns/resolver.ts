import { decode, encode } from 'dns-packet';
import { type Random, randomInt } from '../../base/random.ts';
import { type Answer, answer, type Zone } from './answer.ts';
import type { DnsView } from './dns-view.ts';
import {
  encodeResponse,
  parseQuery,
  payloadLimit,
  type Query,
  RCODES,
  type Rcode,
  type ResourceRecord,
  type Response,
  TYPES,
} from './message.ts';

/** How a message came, or is to go. */
export type DnsTransport = 'udp' | 'tcp';

/** The machine's own name servers. */
export interface Upstream {
  /** Their answer to a query, as it came. Rejects when none answers in time. */
  exchange(query: Uint8Array, transport: DnsTransport): Promise<Uint8Array>;
}

/** Answers a message, at once where it can; undefined when it deserves no answer. */
export type DnsHandler = (
  message: Uint8Array,
  transport: DnsTransport,
) => Uint8Array | undefined | Promise<Uint8Array>;

/** Answers names of the cluster from the view, and asks upstream for all others. */
export function createResolver(
  random: Random,
  view: DnsView,
  upstream: Upstream,
  zone: Zone,
): DnsHandler {
  let turn = 0;

  async function forward(query: Query, message: Uint8Array, transport: DnsTransport) {
    if (!query.recursionDesired) return refuse(query, RCODES.REFUSED);
    try {
      return await upstream.exchange(message, transport);
    } catch {
      return refuse(query, RCODES.SERVFAIL);
    }
  }

  async function followAlias(query: Query, found: Alias, transport: DnsTransport) {
    let response: Response;
    try {
      const { rcode, records } = await ask(random, upstream, found.target, query.type);
      response = { rcode, authoritative: false, answers: [...found.records, ...records] };
    } catch {
      response = { rcode: RCODES.SERVFAIL, authoritative: false, answers: found.records };
    }
    return encodeResponse(query, response, limitOf(query, transport));
  }

  return (message, transport) => {
    const query = parseQuery(message);
    if (!query) return undefined;
    if (!('question' in query)) return refuse(query, query.rcode);
    if (query.edns && query.edns.version > 0) return refuse(query, RCODES.BADVERS);
    const found = answer({ name: query.name, type: query.type, turn: turn++ }, view, zone);
    if (found.kind === 'forward') return forward(query, message, transport);
    if (found.kind === 'alias') return followAlias(query, found, transport);
    return encodeResponse(query, found.response, limitOf(query, transport));
  };
}

type Alias = Extract<Answer, { kind: 'alias' }>;

const limitOf = (query: Query, transport: DnsTransport): number | undefined =>
  transport === 'udp' ? payloadLimit(query) : undefined;

const refuse = (query: Parameters<typeof encodeResponse>[0], rcode: Rcode): Uint8Array =>
  encodeResponse(query, { rcode, authoritative: false });

/** Asks upstream for a name, and answers the addresses and aliases that it gave. */
async function ask(
  random: Random,
  upstream: Upstream,
  name: string,
  type: number,
): Promise<{ rcode: Rcode; records: ResourceRecord[] }> {
  const wanted = type === TYPES.AAAA ? 'AAAA' : 'A';
  const isAddress = type === TYPES.A || type === TYPES.AAAA;
  if (!isAddress) return { rcode: RCODES.NOERROR, records: [] }; // The alias alone is the answer.
  const query = encode({
    type: 'query',
    id: randomInt(random, 65_536),
    flags: 0x0100, // Recursion desired.
    questions: [{ type: wanted, class: 'IN', name }],
  });
  const { answers = [], flags = 0 } = decode(Buffer.from(await upstream.exchange(query, 'udp')));
  const records = answers.flatMap((record): ResourceRecord[] => {
    const owner = {
      name: record.name.toLowerCase(),
      ttlSeconds: ('ttl' in record && record.ttl) || 0,
    };
    if (record.type === 'CNAME') return [{ ...owner, type: 'CNAME', target: record.data }];
    if (record.type !== 'A' && record.type !== 'AAAA') return [];
    return [{ ...owner, type: record.type as 'A' | 'AAAA', address: record.data }];
  });
  return { rcode: (flags & 0x0f) as Rcode, records };
}
