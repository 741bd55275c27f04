import { parseIp } from '../../base/ip.ts';

/** Record types by number (IANA). */
export const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  ANY: 255,
} as const;

/** Response codes by number. */
export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

export type Rcode = (typeof RCODES)[keyof typeof RCODES];

const CLASS_IN = 1;
const CLASS_ANY = 255;
const HEADER_BYTES = 12;
const LABEL_MAX = 63;
const NAME_MAX = 255;

/** A query as we need it. Names are lower-case, without the last dot; the root is empty. */
export interface Query {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  /** The question as it was asked: answers repeat it to the letter, capitals included. */
  readonly question: Uint8Array;
  readonly recursionDesired: boolean;
  readonly edns: Edns | undefined;
}

/** What a client says of itself beside the question (RFC 6891). */
export interface Edns {
  readonly payloadBytes: number;
  readonly version: number;
  readonly dnssecOk: boolean;
}

/** A query that can't be answered: what to say, and to whom. */
export interface BadQuery {
  readonly id: number;
  readonly rcode: Rcode;
}

/** Reads a query. Undefined when it isn't one, and so gets no answer. */
export function parseQuery(bytes: Uint8Array): Query | BadQuery | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const id = view.getUint16(0);
  const flags = view.getUint16(2);
  if (flags & 0x8000) return undefined; // An answer: answering it could go on for ever.
  if (flags & 0x7800) return { id, rcode: RCODES.NOTIMP };
  const name = view.getUint16(4) === 1 ? readName(bytes, HEADER_BYTES) : undefined;
  if (!name || name.end + 4 > bytes.length) return { id, rcode: RCODES.FORMERR };
  const end = name.end + 4;
  const queryClass = view.getUint16(name.end + 2);
  if (queryClass !== CLASS_IN && queryClass !== CLASS_ANY) return { id, rcode: RCODES.REFUSED };
  const edns = readEdns(view, bytes, end);
  if (edns === 'bad') return { id, rcode: RCODES.FORMERR };
  return {
    id,
    name: name.text,
    type: view.getUint16(name.end),
    question: bytes.subarray(HEADER_BYTES, end),
    recursionDesired: (flags & 0x0100) !== 0,
    edns,
  };
}

/** A name that isn't compressed. A dot inside a label is escaped, so that it is never taken for one. */
function readName(bytes: Uint8Array, start: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > LABEL_MAX || at + 1 - start > NAME_MAX) return undefined;
    at++;
    if (length === 0) return { text: labels.join('.'), end: at };
    if (at + length > bytes.length) return undefined;
    let label = '';
    for (const byte of bytes.subarray(at, at + length)) {
      label += byte === 0x2e ? '\\.' : String.fromCharCode(byte);
    }
    labels.push(label.toLowerCase());
    at += length;
  }
}

/** The OPT record of a query, which stands alone after the question. */
function readEdns(view: DataView, bytes: Uint8Array, start: number): Edns | undefined | 'bad' {
  const records = view.getUint16(6) + view.getUint16(8) + view.getUint16(10);
  let at = start;
  let edns: Edns | undefined;
  for (let i = 0; i < records; i++) {
    const name = readName(bytes, at);
    if (!name || name.end + 10 > bytes.length) return 'bad';
    const dataBytes = view.getUint16(name.end + 8);
    if (view.getUint16(name.end) === TYPES.OPT) {
      if (edns) return 'bad';
      edns = {
        payloadBytes: view.getUint16(name.end + 2),
        version: view.getUint8(name.end + 5),
        dnssecOk: (view.getUint8(name.end + 6) & 0x80) !== 0,
      };
    }
    at = name.end + 10 + dataBytes;
    if (at > bytes.length) return 'bad';
  }
  return edns;
}

/** A resource record. Names have no last dot. */
export type ResourceRecord = { readonly name: string; readonly ttlSeconds: number } & RecordData;

type RecordData =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'NS' | 'CNAME' | 'PTR'; readonly target: string }
  | { readonly type: 'TXT'; readonly text: string }
  | {
      readonly type: 'SRV';
      readonly target: string;
      readonly port: number;
      readonly weight: number;
    }
  | {
      readonly type: 'SOA';
      readonly primary: string;
      readonly mailbox: string;
      readonly serial: number;
    };

export interface Response {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers?: readonly ResourceRecord[];
  readonly authorities?: readonly ResourceRecord[];
  readonly additionals?: readonly ResourceRecord[];
}

// RFC 9715: what crosses any network whole.
const EDNS_PAYLOAD_BYTES = 1232;
const PLAIN_PAYLOAD_BYTES = 512;

/** How large an answer by UDP may be for who asked. */
export const payloadLimit = ({ edns }: Query): number =>
  edns
    ? Math.min(Math.max(edns.payloadBytes, PLAIN_PAYLOAD_BYTES), EDNS_PAYLOAD_BYTES)
    : PLAIN_PAYLOAD_BYTES;

/**
 * Writes an answer of at most `maxBytes`: records that don't fit are left out, and of answers that
 * is said. Names are compressed, without which nine addresses would be too many for a plain client.
 */
export function encodeResponse(
  query: Query | BadQuery,
  response: Response,
  maxBytes = 65_535,
): Uint8Array {
  const writer = new MessageWriter();
  const isWhole = 'question' in query;
  writer.skipHeader();
  if (isWhole) writer.writeQuestion(query.question, query.name);
  const edns = isWhole ? query.edns : undefined;
  const room = maxBytes - (edns ? OPT_BYTES : 0);
  const { answers = [], authorities = [], additionals = [] } = response;
  const answered = writer.writeRecords(answers, room);
  const truncated = answered < answers.length;
  const inAuthority = truncated ? 0 : writer.writeRecords(authorities, room);
  const added = truncated ? 0 : writer.writeRecords(additionals, room);
  if (edns) writer.writeOpt(EDNS_PAYLOAD_BYTES, response.rcode, edns.dnssecOk);
  const flags =
    0x8080 | // An answer, and recursion can be had.
    (response.authoritative ? 0x0400 : 0) |
    (truncated ? 0x0200 : 0) |
    (isWhole && query.recursionDesired ? 0x0100 : 0) |
    (response.rcode & 0x0f);
  const counts = [isWhole ? 1 : 0, answered, inAuthority, added + (edns ? 1 : 0)];
  return writer.finish(query.id, flags, counts);
}

const OPT_BYTES = 11;

class MessageWriter {
  #bytes = new Uint8Array(512);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  /** Where names, and the ends of names, were written. */
  readonly #names = new Map<string, number>();

  skipHeader(): void {
    this.#at = HEADER_BYTES;
  }

  writeQuestion(question: Uint8Array, name: string): void {
    this.#remember(name, this.#at);
    this.#room(question.length);
    this.#bytes.set(question, this.#at);
    this.#at += question.length;
  }

  /** Answers how many were written before the room was used up. */
  writeRecords(records: readonly ResourceRecord[], room: number): number {
    for (const [i, record] of records.entries()) {
      const start = this.#at;
      this.#writeRecord(record);
      if (this.#at <= room) continue;
      this.#at = start;
      for (const [name, offset] of this.#names) if (offset >= start) this.#names.delete(name);
      return i;
    }
    return records.length;
  }

  writeOpt(payloadBytes: number, rcode: number, dnssecOk: boolean): void {
    this.#u8(0);
    this.#u16(TYPES.OPT);
    this.#u16(payloadBytes);
    this.#u8(rcode >> 4);
    this.#u8(0);
    this.#u16(dnssecOk ? 0x8000 : 0);
    this.#u16(0);
  }

  finish(id: number, flags: number, counts: readonly number[]): Uint8Array {
    for (const [i, value] of [id, flags, ...counts].entries()) this.#view.setUint16(2 * i, value);
    return this.#bytes.subarray(0, this.#at);
  }

  #writeRecord(record: ResourceRecord): void {
    this.#name(record.name);
    this.#u16(TYPES[record.type]);
    this.#u16(CLASS_IN);
    this.#u32(record.ttlSeconds);
    const lengthAt = this.#at;
    this.#u16(0);
    this.#writeData(record);
    this.#view.setUint16(lengthAt, this.#at - lengthAt - 2);
  }

  #writeData(record: ResourceRecord): void {
    switch (record.type) {
      case 'A':
      case 'AAAA':
        return this.#address(record.address);
      case 'NS':
      case 'CNAME':
      case 'PTR':
        return this.#name(record.target);
      case 'TXT':
        return this.#text(record.text);
      case 'SRV':
        this.#u16(0); // Priority: all are equal.
        this.#u16(record.weight);
        this.#u16(record.port);
        return this.#name(record.target, false); // RFC 2782 forbids compression here.
      case 'SOA':
        this.#name(record.primary);
        this.#name(record.mailbox);
        // Serial, refresh, retry, expire, and how long a "no" may be remembered.
        for (const value of [record.serial, 7200, 1800, 86_400, record.ttlSeconds])
          this.#u32(value);
    }
  }

  #name(name: string, compress = true): void {
    let rest = name;
    while (rest !== '') {
      const known = compress ? this.#names.get(rest) : undefined;
      if (known !== undefined) return this.#u16(0xc000 | known);
      if (this.#at < 0x4000 && !this.#names.has(rest)) this.#names.set(rest, this.#at);
      const dot = rest.indexOf('.');
      const label = dot < 0 ? rest : rest.slice(0, dot);
      this.#text(label);
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
    this.#u8(0);
  }

  /** Notes the places of a name that is there already, and of its ends. */
  #remember(name: string, start: number): void {
    let at = start;
    let rest = name;
    while (rest !== '' && !rest.includes('\\')) {
      this.#names.set(rest, at);
      const dot = rest.indexOf('.');
      at += (dot < 0 ? rest.length : dot) + 1;
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
  }

  #text(text: string): void {
    this.#u8(text.length);
    for (let i = 0; i < text.length; i++) this.#u8(text.charCodeAt(i));
  }

  #address(address: string): void {
    const ip = parseIp(address);
    const bytes = ip?.family === 4 ? 4 : 16;
    for (let i = bytes - 1; i >= 0; i--)
      this.#u8(Number(((ip?.value ?? 0n) >> BigInt(8 * i)) & 0xffn));
  }

  #u8(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  #u16(value: number): void {
    this.#room(2);
    this.#view.setUint16(this.#at, value);
    this.#at += 2;
  }

  #u32(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length + bytes);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
