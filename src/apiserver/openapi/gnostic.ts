/**
 * Swagger documents in protobuf, in the form that gnostic gave them (`openapi.v2`) and that older
 * clients ask for. Each message is a table of its fields; what isn't in a table is left out.
 */

type Encode = (value: unknown) => Buffer;

interface Field {
  readonly number: number;
  readonly encode: Encode;
  /** Encodes a list as one field for each element. */
  readonly repeated?: boolean;
}

type Message = Readonly<Record<string, Field>>;

const DELIMITED = 2;
const VARINT = 0;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}

const tag = (number: number, wireType: number): Buffer => varint(number * 8 + wireType);

const delimited = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([tag(number, DELIMITED), varint(bytes.length), bytes]);

// A field's encoder gives the whole field but its number, which is known only to the table.
const text: Encode = (value) => Buffer.from(String(value));
const string = (number: number): Field => ({ number, encode: text });
const strings = (number: number): Field => ({ number, encode: text, repeated: true });
const message = (number: number, of: () => Message): Field => ({
  number,
  encode: (value) => encodeMessage(of(), value as Record<string, unknown>),
});
const custom = (number: number, encode: Encode, repeated = false): Field => ({
  number,
  encode,
  repeated,
});

const FLAGS: Readonly<Record<string, number>> = { uniqueItems: 16, readOnly: 27 };

function encodeMessage(fields: Message, value: Readonly<Record<string, unknown>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, { number, encode, repeated }] of Object.entries(fields)) {
    const part = value[name];
    if (part === undefined) continue;
    for (const each of repeated ? (part as unknown[]) : [part]) {
      parts.push(delimited(number, encode(each)));
    }
  }
  return Buffer.concat(parts);
}

/** A map as a list of named messages. */
const named =
  (number: number, encode: Encode): Encode =>
  (value) =>
    Buffer.concat(
      Object.entries(value as Record<string, unknown>).map(([name, each]) =>
        delimited(number, Buffer.concat([delimited(1, text(name)), delimited(2, encode(each))])),
      ),
    );

/** Any value as the text of a YAML document, which JSON is. */
const any: Encode = (value) => delimited(2, Buffer.from(`${JSON.stringify(value)}\n`));

/** The members that begin with `x-`, as the field that holds them. */
function extensions(number: number, value: Readonly<Record<string, unknown>>): Buffer {
  const own = Object.entries(value).filter(([name]) => name.startsWith('x-'));
  return named(number, any)(Object.fromEntries(own));
}

const bool = (number: number, value: unknown): Buffer =>
  value === true ? Buffer.concat([tag(number, VARINT), varint(1)]) : Buffer.alloc(0);

const schema: Encode = (value) => {
  const fields = value as Readonly<Record<string, unknown>>;
  const parts = [encodeMessage(SCHEMA, fields)];
  for (const [name, number] of Object.entries(FLAGS)) parts.push(bool(number, fields[name]));
  return Buffer.concat([...parts, extensions(31, fields)]);
};

const SCHEMA: Message = {
  $ref: string(1),
  format: string(2),
  title: string(3),
  description: string(4),
  default: custom(5, any),
  pattern: string(13),
  required: strings(19),
  enum: custom(20, any, true),
  additionalProperties: custom(21, (value) => delimited(1, schema(value))),
  type: custom(22, (value) => delimited(1, text(value))),
  items: custom(23, (value) => delimited(1, schema(value))),
  allOf: custom(24, schema, true),
  properties: custom(25, named(1, schema)),
};

const INFO: Message = { title: string(1), version: string(2), description: string(3) };

const BODY_PARAMETER: Message = {
  description: string(1),
  name: string(2),
  in: string(3),
  schema: custom(5, schema),
};

// The same fields have other numbers in the query than in the path.
const QUERY_PARAMETER: Message = {
  in: string(2),
  description: string(3),
  name: string(4),
  type: string(6),
};
const PATH_PARAMETER: Message = {
  in: string(2),
  description: string(3),
  name: string(4),
  type: string(5),
};

const parameter: Encode = (value) => {
  const fields = value as Readonly<Record<string, unknown>>;
  const inner = (of: Message, required: number, unique: number) =>
    Buffer.concat([
      bool(required, fields.required),
      encodeMessage(of, fields),
      bool(unique, fields.uniqueItems),
    ]);
  if (fields.in === 'body') {
    const body = Buffer.concat([encodeMessage(BODY_PARAMETER, fields), bool(4, fields.required)]);
    return delimited(1, delimited(1, body));
  }
  const [place, bytes] =
    fields.in === 'query' ? [3, inner(QUERY_PARAMETER, 1, 20)] : [4, inner(PATH_PARAMETER, 1, 19)];
  return delimited(1, delimited(2, delimited(place as number, bytes as Buffer)));
};

const RESPONSE: Message = {
  description: string(1),
  schema: custom(2, (value) => delimited(1, schema(value))),
};

const responses: Encode = named(1, (value) =>
  delimited(1, encodeMessage(RESPONSE, value as Record<string, unknown>)),
);

const OPERATION: Message = {
  tags: strings(1),
  description: string(3),
  operationId: string(5),
  produces: strings(6),
  consumes: strings(7),
  parameters: custom(8, parameter, true),
  responses: custom(9, responses),
  schemes: strings(10),
};

const operation: Encode = (value) => {
  const fields = value as Readonly<Record<string, unknown>>;
  return Buffer.concat([encodeMessage(OPERATION, fields), extensions(13, fields)]);
};

const PATH_ITEM: Message = {
  get: custom(2, operation),
  put: custom(3, operation),
  post: custom(4, operation),
  delete: custom(5, operation),
  patch: custom(8, operation),
  parameters: custom(9, parameter, true),
};

const DOCUMENT: Message = {
  swagger: string(1),
  info: message(2, () => INFO),
  paths: custom(
    8,
    named(2, (value) => encodeMessage(PATH_ITEM, value as Record<string, unknown>)),
  ),
  definitions: custom(9, named(1, schema)),
};

/** The bytes of a Swagger document. */
export const encodeGnostic = (document: object): Buffer =>
  encodeMessage(DOCUMENT, document as Record<string, unknown>);
