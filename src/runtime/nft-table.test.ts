import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changeTable,
  deleteUnused,
  type NftChain,
  type NftSet,
  type NftTable,
  replaceTable,
  takeOverTable,
} from './nft-table.ts';

const table = (sets: Record<string, NftSet>, chains: Record<string, NftChain>): NftTable => ({
  name: 't',
  sets: new Map(Object.entries(sets)),
  chains: new Map(Object.entries(chains)),
});

const map = (elements: Record<string, string>): NftSet => ({
  kind: 'map',
  spec: 'type a : verdict;',
  elements: new Map(Object.entries(elements)),
});
const dynamic: NftSet = { kind: 'set', spec: 'type a; flags dynamic;' };

const BEFORE = table(
  { m: map({ x: 'goto one', y: 'goto one' }), s: dynamic },
  { one: { rules: ['r1'] } },
);

test('nothing changed, nothing commanded', () => {
  const same = table(
    { m: map({ x: 'goto one', y: 'goto one' }), s: dynamic },
    { one: { rules: ['r1'] } },
  );
  assert.deepEqual(changeTable(BEFORE, same).commands, []);
});

test('a change names only what changed, and what is referred to comes before who refers to it', () => {
  const after = table(
    {
      m: map({ x: 'goto two', z: 'goto two' }),
      n: { kind: 'set', spec: 'type b;', elements: new Map([['k', '']]) },
    },
    {
      two: { rules: ['r2', 'r3'] },
      hooked: { hook: 'type nat hook output priority 0;', rules: [] },
    },
  );
  const { commands, unused } = changeTable(BEFORE, after);
  assert.deepEqual(commands, [
    'add set inet t n { type b; }',
    'add chain inet t two',
    'add chain inet t hooked { type nat hook output priority 0; }',
    'add rule inet t two r2',
    'add rule inet t two r3',
    'delete element inet t m { x, y }',
    'add element inet t m { x : goto two, z : goto two }',
    'add element inet t n { k }',
    'flush chain inet t one',
  ]);
  assert.deepEqual(deleteUnused('t', unused), ['delete chain inet t one', 'delete set inet t s']);
});

test('rules of a chain are replaced as a whole', () => {
  const after = table(
    { m: map({ x: 'goto one', y: 'goto one' }), s: dynamic },
    { one: { rules: ['r1', 'r2'] } },
  );
  assert.deepEqual(changeTable(BEFORE, after).commands, [
    'flush chain inet t one',
    'add rule inet t one r1',
    'add rule inet t one r2',
  ]);
});

test('taking over empties what we fill, and keeps what the kernel fills', () => {
  const existing = {
    sets: new Map([
      ['m', 'map'],
      ['s', 'set'],
      ['old', 'set'],
    ] as const),
    chains: new Set(['one', 'gone']),
  };
  const { commands, unused } = takeOverTable(existing, BEFORE);
  assert.deepEqual(commands.slice(0, 4), [
    'add table inet t',
    'flush table inet t',
    'flush map inet t m',
    'flush set inet t old',
  ]);
  assert.deepEqual(deleteUnused('t', unused), [
    'delete chain inet t gone',
    'delete set inet t old',
  ]);
});

test('a table made anew is deleted first, which works whether it was there or not', () => {
  assert.deepEqual(replaceTable(BEFORE).slice(0, 3), [
    'add table inet t',
    'delete table inet t',
    'add table inet t',
  ]);
});
