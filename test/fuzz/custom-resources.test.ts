import assert from 'node:assert/strict';
import test from 'node:test';
import { createLogger, type LogEntry } from '../../src/base/logger.ts';
import { pick, type Random, randomInt, seededRandom } from '../../src/base/random.ts';
import { RULES } from '../../src/machinery/cel/rules.table.ts';
import { startComparedServer } from '../interop/golden/server.ts';
import { Wire } from '../interop/golden/wire.ts';
import { mutatedText, mutatedValue, ODD_VALUES } from './mutations.ts';

// Goal: whatever schema a definition has, whatever its rules say, and whatever its objects are, the
// server answers and goes on; nothing takes long, and what was accepted can be read again.

const SEED = Number(process.env.FUZZ_SEED ?? 20_265);
const RUNS = Number(process.env.FUZZ_RUNS ?? 150);
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const OBJECTS_EACH = 8;

type Schema = Record<string, unknown>;

/** Expressions that cel-go takes, over objects of a schema like those here. */
const EXPRESSIONS = RULES.split('\n').filter((line) => /^self[ .]/.test(line));
const FORMATS = ['date-time', 'ipv4', 'cidr', 'email', 'int32', 'double', 'byte', 'colour'];

const DEFAULTS: Schema = { string: 'aa', integer: 2, number: 2, boolean: true };

function leafSchema(random: Random): Schema {
  const schema: Schema = { type: pick(random, ['string', 'integer', 'number', 'boolean']) };
  const maybe = (share: number, more: Schema) =>
    random.float() < share && Object.assign(schema, more);
  maybe(0.2, { format: pick(random, FORMATS) });
  maybe(0.2, { maxLength: randomInt(random, 5) });
  maybe(0.2, { minimum: randomInt(random, 3), exclusiveMinimum: true });
  maybe(0.2, { pattern: pick(random, ['^a+$', '(a|b)*c', '(?i)x']) });
  maybe(0.2, { enum: ['a', 1, null] });
  maybe(0.1, { default: DEFAULTS[String(schema.type)] });
  maybe(0.01, { default: null, pattern: '[' });
  maybe(0.1, { nullable: true });
  return schema;
}

function anySchema(random: Random, depth: number): Schema {
  const schema = depth > 3 ? leafSchema(random) : structure(random, depth);
  if (random.float() < 0.03) {
    const rule = mutatedText(pick(random, EXPRESSIONS), random, [
      'self',
      '.',
      '(',
      'oldSelf',
      ' == ',
    ]);
    schema['x-kubernetes-validations'] = [{ rule, message: 'no' }];
  }
  return schema;
}

function structure(random: Random, depth: number): Schema {
  const inner = () => anySchema(random, depth + 1);
  switch (randomInt(random, 6)) {
    case 0:
      return {
        type: 'array',
        items: inner(),
        'x-kubernetes-list-type': pick(random, ['atomic', 'atomic', 'atomic', 'set']),
      };
    case 1:
      return { type: 'object', additionalProperties: inner(), maxProperties: 2 };
    case 2:
      return {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['a'],
        items: {
          type: 'object',
          required: ['a'],
          properties: { a: { type: 'string' }, b: inner() },
        },
      };
    case 3:
      return { 'x-kubernetes-int-or-string': true };
    case 4:
      return leafSchema(random);
    default:
      return {
        type: 'object',
        properties: { a: inner(), b: inner(), c: inner() },
        ...(random.float() < 0.3 && { required: ['a'] }),
        ...(random.float() < 0.2 && { 'x-kubernetes-preserve-unknown-fields': true }),
        ...(random.float() < 0.2 && { anyOf: [{ required: ['b'] }, { properties: { c: {} } }] }),
      };
  }
}

function definition(plural: string, random: Random): object {
  const openAPIV3Schema = {
    type: 'object',
    properties: { spec: anySchema(random, 0), status: anySchema(random, 1) },
  };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema },
    ...(random.float() < 0.5 && { subresources: { status: {} } }),
    ...(random.float() < 0.1 && { selectableFields: [{ jsonPath: '.spec.a' }] }),
    additionalPrinterColumns: [
      { name: 'A', type: pick(random, ['string', 'integer', 'date']), jsonPath: '.spec.a' },
    ],
  };
  return {
    metadata: { name: `${plural}.fuzz.example` },
    spec: {
      group: 'fuzz.example',
      scope: 'Namespaced',
      names: { plural, kind: `Kind${plural}` },
      versions: [random.float() < 0.1 ? mutatedValue(version, random) : version],
    },
  };
}

const anyValue = (random: Random, depth = 0): unknown => {
  const kind = depth > 3 ? 0 : randomInt(random, 5);
  if (kind < 2) return pick(random, [...ODD_VALUES, 'a', 1, '2026-01-01T00:00:00Z', '10.0.0.1']);
  if (kind === 2) return [anyValue(random, depth + 1), anyValue(random, depth + 1)];
  return { a: anyValue(random, depth + 1), b: anyValue(random, depth + 1) };
};

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

class Fuzz {
  readonly wire: Wire;
  readonly random: Random;
  readonly failures: readonly LogEntry[];

  constructor(wire: Wire, random: Random, failures: readonly LogEntry[]) {
    this.wire = wire;
    this.random = random;
    this.failures = failures;
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const answer = await this.wire.send({ method, path, body, headers });
    const what = `${method} ${path} ${JSON.stringify(body)?.slice(0, 3000)}`;
    assert.deepEqual(this.failures, [], what);
    const isKnown = answer.status < 500 || !String(answer.body).includes('InternalError');
    assert.ok(isKnown, `${answer.status} ${answer.body} to ${what}`);
    return answer;
  }

  /** Objects of a kind: made, changed, applied, printed. */
  async objects(plural: string): Promise<void> {
    const { random } = this;
    const all = `/apis/fuzz.example/v1/namespaces/default/${plural}`;
    const typed = { apiVersion: 'fuzz.example/v1', kind: `Kind${plural}` };
    for (let i = 0; i < OBJECTS_EACH; i++) {
      const at = `${all}/o${i}`;
      const made = { ...typed, metadata: { name: `o${i}` }, spec: anyValue(random) };
      const { status } = await this.send('POST', all, made);
      const change = { spec: anyValue(random), status: anyValue(random) };
      const merge = { 'content-type': 'application/merge-patch+json' };
      await this.send('PATCH', at, change, merge);
      await this.send('PATCH', `${at}/status`, change, merge);
      const apply = { 'content-type': 'application/apply-patch+yaml' };
      const applied = { ...made, spec: anyValue(random) };
      await this.send('PATCH', `${at}?fieldManager=f&force=true`, applied, apply);
      if (status === 201) assert.equal((await this.send('GET', at)).status, 200);
    }
    await this.send('GET', all, undefined, { accept: TABLE });
    await this.send('GET', `${all}?fieldSelector=spec.a%3Da`);
  }
}

test(`kinds of any schema (seed ${SEED})`, { timeout: 120_000 }, async () => {
  const failures: LogEntry[] = [];
  const logger = createLogger((entry) => entry.level === 'error' && failures.push(entry));
  const server = await startComparedServer(logger);
  const wire = new Wire(server.url, server.ca);
  const random = seededRandom(SEED);
  const fuzz = new Fuzz(wire, random, failures);
  let accepted = 0;
  try {
    for (let i = 0; i < RUNS; i++) {
      const plural = `k${i}s`;
      const { status } = await fuzz.send('POST', DEFINITIONS, definition(plural, random));
      if (status !== 201) continue;
      accepted++;
      await fuzz.objects(plural);
      if (random.float() < 0.5) await fuzz.send('DELETE', `${DEFINITIONS}/${plural}.fuzz.example`);
    }
    for (const path of ['/openapi/v2', '/openapi/v3/apis/fuzz.example/v1']) {
      assert.ok((await fuzz.send('GET', path)).status < 500);
    }
  } finally {
    wire.close();
    await server.close();
  }
  assert.ok(accepted > RUNS / 10, `${accepted} of ${RUNS} were accepted`);
});
