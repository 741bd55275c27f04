import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadCompiler } from '../../../src/api/admissionregistration-v1/compiling.ts';
import { type Answer, Player, type Step } from './replay.ts';

// Goal: what is filled in, refused, warned of and shown is to the letter what a kube-apiserver 1.36
// answered. The exchanges were recorded; here definitions play them alone, without a server.
await loadCompiler();
const folder = new URL('recorded/', import.meta.url);

type Fields = Record<string, unknown>;

/** What a server adds, or allots, that definitions know nothing of. */
const ADDED = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'selfLink'];
const ALLOTTED = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

function objectOf(body: Fields): Fields {
  const object = structuredClone(body) as Record<string, Fields> & { kind: unknown };
  for (const field of ADDED) delete object.metadata?.[field];
  if (object.kind !== 'Service' || !object.spec) return object;
  for (const field of ALLOTTED) delete object.spec[field];
  for (const port of (object.spec.ports ?? []) as Fields[]) delete port.nodePort;
  return object;
}

function pick(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((part, name) => (part as Fields | undefined)?.[name], value);
}

function shown({ status, body, warnings = [] }: Answer, only?: Step['only']): unknown {
  if (only) {
    return { status, body: Object.fromEntries(only.map((path) => [path, pick(body, path)])) };
  }
  if (status === 422) {
    const { message, causes, details } = body as { message: string } & Record<string, Fields>;
    return { status, message, causes: causes ?? details?.causes };
  }
  if ('rows' in body || !('kind' in body)) return { status, body };
  return { status, warnings, body: objectOf(body) };
}

// Addresses that were allotted have other numbers here, as have identities and generated names.
function settle(value: unknown, requests: string): unknown {
  if (typeof value === 'string') {
    return value
      .replace(/<uid-\d>|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
      .replace(/<gen-\d>|\babcde\b|(?<=_)abcde/g, '<suffix>')
      .replace(/^0s$/, '<age>')
      .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, (ip) => (requests.includes(ip) ? ip : '<ip>'))
      .replace(/<ip-\d+>/g, '<ip>')
      .replace(/\n@@ -[\s\S]*$/, '\n<diff of Go structs>');
  }
  if (Array.isArray(value)) return value.map((each) => settle(each, requests));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, settle(each, requests)]));
}

const read = (file: URL): string =>
  readFileSync(file, 'utf8').replace(/\$\{repeat:(.):(\d+)\}/g, (_, text, times) =>
    text.repeat(+times),
  );

for (const area of readdirSync(folder)) {
  for (const file of readdirSync(new URL(`${area}/`, folder))) {
    test(`${area}: ${file.replace('.json', '')}`, () => {
      const text = read(new URL(`${area}/${file}`, folder));
      const { steps } = JSON.parse(text) as { steps: Step[] };
      const requests = JSON.stringify(steps.map(({ path, body }) => ({ path, body })));
      const player = new Player();
      for (const [i, step] of steps.entries()) {
        const want = step.answer;
        if (want && want.status >= 400 && want.status !== 422) continue;
        const got = player.play(step);
        if (!want) assert.notEqual(got?.status, 422, `${got?.body.message}`);
        if (!want || !got) continue;
        const name = `step ${i}: ${step.method} ${step.path}`;
        const actual = shown(got, step.only);
        const expected = step.only ? { status: want.status, body: want.body } : shown(want);
        assert.deepEqual(settle(actual, requests), settle(expected, requests), name);
      }
    });
  }
}
