import assert from 'node:assert/strict';
import test from 'node:test';
import { createLogger, type LogEntry } from '../../src/base/logger.ts';
import { pick, type Random, randomInt, seededRandom } from '../../src/base/random.ts';
import { readRecordings, type Step } from '../interop/golden/recording.ts';
import { startComparedServer } from '../interop/golden/server.ts';
import { Wire } from '../interop/golden/wire.ts';
import { mutatedBytes, mutatedText, mutatedValue, ODD_VALUES } from './mutations.ts';

// Goal: whatever is asked, the server answers, soon, and nothing in it fails that shouldn't. The
// requests are those of the recordings with something wrong about each. `FUZZ_SEED` and `FUZZ_RUNS`
// try others, and more.

const SEED = Number(process.env.FUZZ_SEED ?? 20_263);
const RUNS = Number(process.env.FUZZ_RUNS ?? 2500);
/** What rules of their own would refuse all else by. */
const RULING = new Set(['policies', 'auth', 'pod-security']);

const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  labelSelector: ['a', 'a=', 'a in (b', '!a', 'a>1', 'a in ()', '=', 'é=1', ',', 'a/b/c=d'],
  fieldSelector: ['metadata.name=a', 'spec.nodeName!=', 'x=1', '\\', 'a=b=c', 'status.phase'],
  resourceVersion: ['0', '1', '-1', 'x', '99999999999999999999', '5000'],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'x', ''],
  limit: ['0', '1', '-1', 'x', '9223372036854775808', ''],
  continue: ['x', 'e30', 'bnVsbA', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0', '=='],
  watch: ['1', 'maybe', ''],
  sendInitialEvents: ['true', 'false', 'x'],
  allowWatchBookmarks: ['true', ''],
  timeoutSeconds: ['1', '-1', 'x'],
  dryRun: ['All', 'x', ''],
  fieldManager: ['a', '', 'x'.repeat(200), '\u0001'],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'x'],
  force: ['true', 'x'],
  gracePeriodSeconds: ['0', '-1', 'x'],
  propagationPolicy: ['Orphan', 'Foreground', 'x', ''],
  includeObject: ['None', 'Object', 'x'],
  pretty: ['true'],
};
const NAMES = Object.keys(PARAMETERS);
const MEDIA_TYPES = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
  'x',
];
const ACCEPTED = [
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf',
  'application/yaml',
  'application/cbor',
  '*/*',
  ';;',
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'BREW'];

/** Requests of the recordings, each on its own, with a name where they refer to what came before. */
function seeds(): Step[] {
  const recordings = readRecordings(new URL('../interop/golden/cases/', import.meta.url));
  const steps = recordings.filter(({ area }) => !RULING.has(area)).flatMap((each) => each.steps);
  return steps.map(({ method, path, query, headers, body, base64 }) => {
    const step = { method, path, query, headers, body, base64 };
    const text = JSON.stringify(step)
      .replaceAll(/\$\{ns\}/g, 'default')
      .replaceAll(/\$\{repeat:(.):\d+\}/g, (_, each: string) => each.repeat(300))
      .replaceAll(/\$\{\w+\}/g, 'fuzz');
    return JSON.parse(text) as Step;
  });
}

function changed(step: Step, random: Random): Step {
  const { headers, body, path, base64 } = step;
  if (base64 && typeof body === 'string' && random.float() < 0.7) {
    const bytes = mutatedBytes(Buffer.from(body, 'base64'), random);
    return { ...step, body: bytes.toString('base64') };
  }
  switch (randomInt(random, 9)) {
    case 0:
      return { ...step, method: pick(random, METHODS) };
    case 1:
      return { ...step, headers: { ...headers, 'content-type': pick(random, MEDIA_TYPES) } };
    case 2:
      return { ...step, headers: { ...headers, accept: pick(random, ACCEPTED) } };
    case 3:
      return { ...step, path: mutatedText(path, random, ['/', '//', '%', '%2e%2e/', 'watch/']) };
    case 4:
      return withParameter(withParameter(step, random), random);
    case 5:
      return typeof body === 'object' && body !== null
        ? {
            ...step,
            body: mutatedText(JSON.stringify(body), random, ['"', '{', '\\u', ',', '\n-']),
          }
        : { ...step, base64: false, body: pick(random, ODD_VALUES) };
    default:
      return { ...step, base64: false, body: mutatedValue(body, random) };
  }
}

function withParameter({ query, ...step }: Step, random: Random): Step {
  const name = pick(random, NAMES);
  return { ...step, query: { ...query, [name]: pick(random, PARAMETERS[name]!) } };
}

/** A path that may be sent, and no stream that is waited for. */
function sendable(step: Step): Step {
  const path = step.path.replaceAll(/[^\x21-\x7e]|[?#\\]/g, '_').replace(/^\/*/, '/');
  const isWatch = step.query?.watch !== undefined || path.includes('/watch/');
  return { ...step, path, ...(isWatch && { watch: { events: 1, timeoutSeconds: 0.02 } }) };
}

test(`requests with something wrong are answered (seed ${SEED})`, {
  timeout: 120_000,
}, async () => {
  const failures: LogEntry[] = [];
  const logger = createLogger((entry) => entry.level === 'error' && failures.push(entry));
  const server = await startComparedServer(logger);
  const wire = new Wire(server.url, server.ca);
  const random = seededRandom(SEED);
  const all = seeds();
  try {
    for (let i = 0; i < RUNS; i++) {
      const step = sendable(changed(pick(random, all), random));
      const { status } = await wire.send(step);
      assert.ok(status >= 200 && status < 600, `run ${i}: ${status}`);
      assert.deepEqual(failures, [], `run ${i}: ${JSON.stringify(step).slice(0, 2000)}`);
    }
  } finally {
    wire.close();
    await server.close();
  }
});
