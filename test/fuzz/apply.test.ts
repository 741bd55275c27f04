import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare } from '../../src/machinery/apply/compare.ts';
import {
  describePath,
  type FieldSet,
  forEachPath,
  union,
} from '../../src/machinery/apply/field-set.ts';
import { fieldsOfConfiguration } from '../../src/machinery/apply/fields-of.ts';
import { type Basket, basket, baskets, Desk } from '../../src/machinery/apply/fixture.ts';
import { typeErrors } from '../../src/machinery/apply/validate.ts';
import { isStatusError } from '../../src/machinery/status.ts';

// What managers write: every sort of field, few names, so that they meet.
const key = fc.constantFrom('a', 'b', 'c');
const fruit = fc.record(
  { name: key, weight: fc.integer({ min: 1, max: 2 }) },
  { requiredKeys: ['name'] },
);
const uniqueFruits = fc.uniqueArray(fruit, { selector: ({ name }) => name, minLength: 1 });
const specs = fc.record(
  {
    size: fc.integer({ min: 1, max: 3 }),
    note: key,
    tags: fc.uniqueArray(key, { minLength: 1 }),
    args: fc.array(key, { minLength: 1, maxLength: 2 }),
    labels: fc.dictionary(key, key, { minKeys: 1 }),
    exact: fc.dictionary(key, key, { minKeys: 1 }),
    fruits: fc.uniqueArray(
      fc.record({ name: key, weight: fc.nat(2), parts: uniqueFruits }, { requiredKeys: ['name'] }),
      { selector: ({ name }) => name, minLength: 1 },
    ),
    inner: fc.record({ a: key, deeper: fc.record({ b: key }) }, { requiredKeys: ['a'] }),
    free: fc.record({ x: fc.record({ y: key }), z: fc.array(fc.nat(1)) }, { requiredKeys: ['z'] }),
  },
  { requiredKeys: [] },
);
const managers = fc.constantFrom('one', 'two', 'three');
const applies = fc.record({ manager: managers, spec: specs, force: fc.boolean() });
const history = fc.array(applies, { minLength: 1, maxLength: 8 });

type Apply = typeof applies extends fc.Arbitrary<infer T> ? T : never;

/** Applies, or is refused for a conflict and changes nothing. */
function attempt(desk: Desk, { manager, spec, force }: Apply): boolean {
  const before = desk.live;
  try {
    desk.apply(manager, basket(spec), { force });
    return true;
  } catch (error) {
    assert.ok(isStatusError(error, 'Conflict'), `${error}`);
    assert.equal(force, false);
    assert.equal(desk.live, before);
    return false;
  }
}

function deskAfter(steps: readonly Apply[]): Desk {
  const desk = new Desk();
  for (const step of steps) attempt(desk, step);
  return desk;
}

const pathsOf = (set: FieldSet): string[] => {
  const paths: string[] = [];
  forEachPath(set, (path) => paths.push(describePath(path)));
  return paths.sort();
};
const specFieldsOf = ({ spec }: { readonly spec?: unknown } | Basket): string[] =>
  pathsOf(fieldsOfConfiguration(baskets.type, { spec }));
const ownedBy = (desk: Desk, manager: string): string[] => pathsOf(desk.owners[`${manager} Apply`]);

function check<T>(seed: number, property: fc.IProperty<T>): void {
  fc.assert(property, { seed, numRuns: 300 });
}

test('applying the same again changes nothing', () => {
  check(
    1,
    fc.property(history, applies, (steps, last) => {
      const desk = deskAfter(steps);
      if (!attempt(desk, last)) return;
      const { live } = desk;
      desk.apply(last.manager, basket(last.spec));
      assert.deepEqual(desk.live, live);
    }),
  );
});

test('an applier owns what it applies, and its object has it', () => {
  check(
    2,
    fc.property(history, applies, (steps, last) => {
      const desk = deskAfter(steps);
      if (!attempt(desk, last)) return;
      const wanted = specFieldsOf(last);
      assert.deepEqual(ownedBy(desk, last.manager), wanted);
      const there = new Set(specFieldsOf(desk.live as Basket));
      for (const path of wanted) assert.ok(there.has(path), path);
    }),
  );
});

test('where all is applied, the owners together own all there is, and nothing else', () => {
  check(
    3,
    fc.property(history, (steps) => {
      const desk = deskAfter(steps);
      if (!desk.live) return;
      const owned = Object.values(desk.owners).reduce<FieldSet>(union, undefined);
      assert.deepEqual(pathsOf(owned), specFieldsOf(desk.live));
    }),
  );
});

test('force takes: what changes belongs to whoever changed it, and to nobody else', () => {
  check(
    4,
    fc.property(history, applies, (steps, last) => {
      const desk = deskAfter(steps);
      const before = desk.live ?? {};
      attempt(desk, { ...last, force: true });
      const changed = pathsOf(compare(baskets.type, before, desk.live).changed);
      for (const manager of ['one', 'two', 'three']) {
        if (manager === last.manager) continue;
        const owned = new Set(ownedBy(desk, manager));
        for (const path of changed) assert.ok(!owned.has(path), `${manager} owns ${path}`);
      }
    }),
  );
});

test('whatever is applied and updated, nobody owns what is not there', () => {
  check(
    8,
    fc.property(fc.array(fc.tuple(applies, fc.boolean()), { maxLength: 8 }), (steps) => {
      const desk = new Desk();
      for (const [step, isUpdate] of steps) {
        if (!isUpdate) attempt(desk, step);
        else {
          desk.update(step.manager, (draft) => {
            draft.spec = structuredClone(step.spec) as unknown as typeof draft.spec;
          });
        }
        const { spec = {} } = desk.live as { spec?: object };
        const there = new Set(pathsOf(compare(baskets.type, {}, { spec }).changed));
        for (const [name, set] of Object.entries(desk.owners)) {
          for (const path of pathsOf(set)) assert.ok(there.has(path), `${name} owns ${path}`);
        }
      }
    }),
  );
});

test('what its last owner drops goes, what others own stays', () => {
  check(
    5,
    fc.property(history, managers, (steps, leaving) => {
      const desk = deskAfter(steps);
      const others = Object.entries(desk.owners).filter(([name]) => name !== `${leaving} Apply`);
      const kept = others.reduce<FieldSet>((all, [, set]) => union(all, set), undefined);
      desk.apply(leaving, basket({}));
      // It owns an empty spec, as that is what it applied.
      assert.deepEqual(ownedBy(desk, leaving), ['.spec']);
      const left = specFieldsOf(desk.live as Basket).filter((path) => path !== '.spec');
      assert.deepEqual(
        left,
        pathsOf(kept).filter((path) => path !== '.spec'),
      );
    }),
  );
});

test('a refused apply names every field it would have taken, each with an owner', () => {
  check(
    6,
    fc.property(history, applies, (steps, last) => {
      const desk = deskAfter(steps);
      const owners = desk.owners;
      try {
        desk.apply(last.manager, basket(last.spec));
      } catch (error) {
        assert.ok(isStatusError(error, 'Conflict'));
        const wanted = new Set(specFieldsOf(last));
        for (const { field, message } of error.details!.causes!) {
          assert.ok(wanted.has(field!), `${field}`);
          const [, owner] = /^conflict with "(\w+)"$/.exec(message!)!;
          assert.ok(pathsOf(owners[`${owner} Apply`]).includes(field!), `${field}`);
        }
      }
    }),
  );
});

test('nothing that fits the type crashes, and nothing that does not is taken', () => {
  const anything = fc.dictionary(
    fc.constantFrom('size', 'tags', 'fruits', 'labels', 'free', 'ports', 'exact', 'ghost'),
    fc.jsonValue({ maxDepth: 3 }),
  );
  check(
    7,
    fc.property(fc.array(anything, { maxLength: 3 }), (configurations: object[]) => {
      const desk = new Desk();
      for (const spec of configurations) {
        const configuration = basket(spec as object);
        const errors = typeErrors(baskets.type, configuration);
        try {
          desk.apply('one', configuration, { force: true });
          assert.equal(errors, undefined);
        } catch (error) {
          assert.ok(isStatusError(error) && error.message.includes('typed patch'), `${error}`);
        }
      }
    }),
  );
});
