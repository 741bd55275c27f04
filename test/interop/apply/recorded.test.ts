import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { StatusError } from '../../../src/machinery/status.ts';
import { Player, type Schema, type Step } from './replay.ts';

// Goal: owners of fields, conflicts and refusals are to the letter what a kube-apiserver 1.36
// answered. The exchanges were recorded; here the machinery plays them, without a server.
const folder = new URL('recorded/', import.meta.url);

interface Recorded {
  readonly why: string;
  readonly steps: readonly Step[];
}

// What varies from server to server was replaced when recording.
const read = (name: string): Recorded =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8').replace(/\$\{id\}/g, '<id>'));

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null)
      .replaceAll('2026-01-01T00:00:00Z', '<time>')
      .replace(/<uid-\d>|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>'),
  );

interface Entry {
  readonly operation: string;
  readonly manager: string;
  readonly subresource?: string;
}

const sorted = (entries: unknown): Entry[] =>
  [...(entries as Entry[])].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
const keyOf = ({ operation, manager, subresource = '' }: Entry): string =>
  [operation, manager, subresource].join(' ');

function check(player: Player, step: Step, i: number): void {
  const { status, body } = step.answer ?? { status: 200, body: {} };
  let object: ReturnType<Player['play']>;
  try {
    object = player.play(step);
  } catch (error) {
    assert.ok(error instanceof StatusError, `${error}`);
    assert.deepEqual(plain(error.toStatus()), plain(body), `step ${i}`);
    return;
  }
  assert.ok(status < 300, `step ${i}: not refused with ${status}`);
  if (step.answer === null || object === undefined) return;
  const { managedFields } = (body.metadata ?? {}) as { managedFields?: unknown };
  const wanted = body['metadata.managedFields'] ?? managedFields;
  const isAll = 'metadata' in body || 'metadata.managedFields' in body;
  if (isAll) {
    const got = sorted(object.metadata.managedFields ?? []);
    assert.deepEqual(plain(got), plain(sorted(wanted ?? [])), `step ${i}`);
  }
  for (const part of ['data', 'rules']) {
    if (part in body && body.kind !== 'Secret') {
      assert.deepEqual((object as unknown as Record<string, unknown>)[part], body[part]);
    }
  }
}

for (const name of readdirSync(folder).sort()) {
  const { why, steps } = read(name);
  test(`${name.replace('.json', '')}: ${why}`, () => {
    const [first] = steps;
    const crd = first?.body?.kind === 'CustomResourceDefinition' ? first.body : undefined;
    const player = new Player(crd && schemaOf(crd));
    // A definition takes a while to be served, for which the recorded client waited.
    const own = crd ? steps.filter(({ method }) => method === 'PATCH') : steps;
    for (const [i, step] of own.entries()) check(player, step, i);
  });
}

function schemaOf(crd: object): Schema {
  const { spec } = crd as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
  return spec.versions[0]!.schema.openAPIV3Schema;
}
