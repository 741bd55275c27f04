import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOptions } from '../cli/place.ts';
import { program } from './commands.ts';

// Goal: what the help page says of commands is what they say of themselves, and their options mean
// nothing that others mean already.

const all = program.groups.flatMap(({ commands }) => commands);

for (const lazy of all) {
  test(lazy.name, async () => {
    const command = await lazy.load();
    assert.equal(command.name, lazy.name);
    assert.equal(command.summary, lazy.summary);
    assert.doesNotMatch(command.summary, /\.$/);
    assert.ok(command.summary.length <= 57, 'fits beside its name on 80 columns');
    const options = Object.entries(command.options ?? {});
    const shorts = options.flatMap(([, { short }]) => short ?? []);
    assert.equal(new Set(shorts).size, shorts.length, 'short options differ');
    for (const [long, { description }] of options) {
      assert.ok(!Object.hasOwn(placeOptions, long), `--${long} is taken`);
      assert.match(description, /^[A-Z].*[^.]$/);
    }
    for (const { description } of command.arguments ?? []) assert.doesNotMatch(description, /\.$/);
    for (const line of (command.details ?? '').split('\n')) assert.ok(line.length <= 100, line);
  });
}

test('no two commands have the same name, and parents are told of', () => {
  const names = all.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  const parents = names.filter((name) => name.includes(' ')).map((name) => name.split(' ')[0]!);
  assert.deepEqual(new Set(parents), new Set(Object.keys(program.parents)));
});
