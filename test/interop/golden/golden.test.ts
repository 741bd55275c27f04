import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { differences, told } from './differences.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { play } from './player.ts';
import { type Recording, readRecordings } from './recording.ts';
import { type ComparedServer, startComparedServer } from './server.ts';
import { Wire } from './wire.ts';

// Goal: every recorded exchange with a kube-apiserver 1.36 goes the same way with us, to the letter.
// TUTTI_GOLDEN=AREA or AREA/NAME plays only some of them.

const [onlyArea, onlyName] = (process.env.TUTTI_GOLDEN ?? '').split('/');
const recordings = readRecordings(new URL('cases/', import.meta.url), onlyArea || undefined).filter(
  ({ name }) => !onlyName || name === onlyName,
);

let server: ComparedServer;
let wire: Wire;
before(async () => {
  server = await startComparedServer();
  wire = new Wire(server.url, server.ca);
});
after(async () => {
  wire.close();
  await server.close();
});

async function failures(recording: Recording): Promise<string[]> {
  const seen = await play(wire, recording);
  return recording.steps.flatMap(({ method = 'GET', path, answer, setup }, i) =>
    setup
      ? []
      : differences(answer, seen[i]).map((each) => `step ${i} ${method} ${path} ${told(each)}`),
  );
}

function playOne(recording: Recording): void {
  const { area, name, why } = recording;
  const exception = EXCEPTIONS[`${area}/${name}`];
  test(`${area}/${name}: ${why}`, async () => {
    const found = await failures(recording);
    if (exception === undefined) assert.ok(found.length === 0, found.slice(0, 20).join('\n'));
    else assert.ok(found.length > 0, 'it goes as recorded by now: take it off the exceptions');
  });
}

describe('recordings that touch only what is theirs', { concurrency: 4 }, () => {
  for (const recording of recordings) if (!recording.serial) playOne(recording);
});
describe('recordings that change what all see', () => {
  for (const recording of recordings) if (recording.serial) playOne(recording);
});
test('every exception is a recording', () => {
  if (onlyArea) return;
  const known = new Set(recordings.map(({ area, name }) => `${area}/${name}`));
  assert.deepEqual(
    Object.keys(EXCEPTIONS).filter((name) => !known.has(name)),
    [],
  );
});
