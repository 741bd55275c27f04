import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { FieldPath } from '../field-path.ts';
import { setSchemaDefaults } from './defaults.ts';
import { parseJsonPath } from './json-path.ts';
import { pruneNulls, pruneUnknown } from './prune.ts';
import type { JsonSchema } from './schema.ts';
import { structuralFaults } from './structural-rules.ts';
import { validateValue } from './validate.ts';

// Goal: whatever the schema and the value, completing an object twice is completing it once, and
// nothing is thrown.

const NAMES = ['a', 'b', '__proto__', 'constructor'];
const name = fc.constantFrom(...NAMES);

const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record(
      {
        type: fc.constantFrom('string', 'integer', 'boolean', 'number'),
        nullable: fc.boolean(),
        maxLength: fc.nat(3),
        minimum: fc.integer({ min: -2, max: 2 }),
        pattern: fc.constantFrom('^a', '(', 'b+$'),
        default: fc.constantFrom('a', 1, null, true),
      },
      { requiredKeys: ['type'] },
    ),
    fc
      .record({
        properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
        keeps: fc.boolean(),
        required: fc.array(name, { maxLength: 2 }),
        anyOf: fc.array(tie('schema'), { maxLength: 2 }),
      })
      .map(({ properties, keeps, required, anyOf }) => ({
        type: 'object',
        properties,
        required,
        anyOf,
        ...(keeps && { 'x-kubernetes-preserve-unknown-fields': true }),
      })),
    tie('schema').map((items) => ({ type: 'array', items })),
    tie('schema').map((additionalProperties) => ({ type: 'object', additionalProperties })),
  ),
}));

const value = fc.object({ key: name, maxDepth: 4, values: [fc.constantFrom('a', 1, null, true)] });

function complete(object: object, by: JsonSchema): void {
  setSchemaDefaults(object, by);
  pruneUnknown(object, by);
  pruneNulls(object, by);
}

test('completing an object is done once', () => {
  fc.assert(
    fc.property(schema, value, (by, object) => {
      const draft = JSON.parse(JSON.stringify(object)) as object;
      complete(draft, by);
      const once = JSON.stringify(draft);
      complete(draft, by);
      assert.equal(JSON.stringify(draft), once);
    }),
    { seed: 7, numRuns: 400 },
  );
});

test('checking says what is wrong, whatever it is given', () => {
  fc.assert(
    fc.property(schema, value, (by, object) => {
      for (const { field, message } of validateValue(object, by)) assert.ok(field && message);
      for (const { field } of structuralFaults(by, FieldPath.root.at('s'))) assert.ok(field);
    }),
    { seed: 8, numRuns: 400 },
  );
});

test('a path is one or none, and finds what can be found', () => {
  const part = fc.constantFrom(
    '.a',
    '[0]',
    '[*]',
    "['b']",
    '..a',
    '[?(@.a==1)]',
    '.*',
    '[',
    '.',
    "'",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), value, (parts, object) => {
      try {
        assert.ok(Array.isArray(parseJsonPath(parts.join('')).find(object)));
      } catch (error) {
        assert.match((error as Error).message, /^unexpected /);
      }
    }),
    { seed: 9, numRuns: 400 },
  );
});
