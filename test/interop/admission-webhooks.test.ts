import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { postJson } from '../../src/apiserver/http/webhook-client.ts';
import { createTestHeart, type TestHeart } from '../../src/apiserver/testing.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Pki } from '../../src/cmd/pki.ts';
import { isStatusError } from '../../src/machinery/status.ts';

// Goal: webhooks are asked over real TLS, in their order and form, and their answers count.

interface Review {
  readonly apiVersion: string;
  readonly request: Readonly<Record<string, unknown>> & {
    readonly uid: string;
    readonly object: {
      readonly metadata: object;
      readonly data?: Readonly<Record<string, string>>;
    };
  };
}

/** How each path of the server answers; undefined leaves the request without any. */
type Answer = (
  review: Review,
) => object | { readonly code: number; readonly text: string } | undefined;

let folder: string;
let server: Server;
let ca: string;
let origin: string;
let heart: TestHeart;
const answers = new Map<string, Answer>();
const asked: { readonly path: string; readonly review: Review }[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-admission-'));
  const pki = new Pki(folder, systemClock, systemRandom);
  ca = pki.ca;
  const subject = { commonName: 'hook' };
  const serving = pki.keyPair('hook', { subject, usages: ['server'], names: ['127.0.0.1'] });
  server = createServer(serving, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      const path = new URL(request.url ?? '', 'https://x').pathname;
      asked.push({ path: request.url ?? '', review });
      const answer = answers.get(path)?.(review);
      if (answer === undefined) return;
      if ('code' in answer && 'text' in answer) {
        return response
          .writeHead(Number(answer.code), { 'content-type': 'text/plain' })
          .end(answer.text);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post = (...given: Tail<typeof postJson>) => postJson(systemClock, ...given);
  heart = await createTestHeart({ post });
});

type Tail<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never;

after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const REGISTRATION = { group: 'admissionregistration.k8s.io', version: 'v1' };
const PLURALS = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];

afterEach(async () => {
  for (const plural of PLURALS) {
    await heart.send({ ...REGISTRATION, verb: 'deletecollection', plural });
  }
  answers.clear();
  asked.length = 0;
});

const followed = async () => {
  for (let i = 0; i < 5; i++) await turn();
};

type Kind = 'validating' | 'mutating';

/** Registers a webhook that listens at the path of its name. */
async function register(kind: Kind, name: string, answer: Answer, more: object = {}) {
  answers.set(`/${name}`, answer);
  const rule = {
    operations: ['*'],
    apiGroups: [''],
    apiVersions: ['v1'],
    resources: ['configmaps'],
  };
  const webhook = {
    name: `${name}.hooks.example`,
    clientConfig: { url: `${origin}/${name}`, caBundle: Buffer.from(ca).toString('base64') },
    ...{ rules: [rule], admissionReviewVersions: ['v1', 'v1beta1'], sideEffects: 'None' },
    ...more,
  };
  const body = { metadata: { name }, webhooks: [webhook] };
  const plural = `${kind}webhookconfigurations`;
  await heart.send({ ...REGISTRATION, verb: 'create', plural, body });
  await followed();
}

const response = (review: Review, more: object) => ({
  kind: 'AdmissionReview',
  apiVersion: review.apiVersion,
  response: { uid: review.request.uid, allowed: true, ...more },
});
const allow: Answer = (review) => response(review, {});
const patching =
  (operations: (review: Review) => readonly object[]): Answer =>
  (review) =>
    response(review, {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(operations(review))).toString('base64'),
    });

const MAPS = { plural: 'configmaps', namespace: 'default' };

const write = (options: object = { dryRun: ['All'], fieldManager: 'me' }) =>
  heart.answer({
    ...MAPS,
    verb: 'create',
    body: { metadata: { name: 'm', labels: { a: 'b' } }, data: { k: 'v' } },
    options,
  });

async function refusalOf(write: Promise<unknown>) {
  try {
    await write;
  } catch (error) {
    assert.ok(isStatusError(error), `${error}`);
    return error;
  }
  return assert.fail('it is let through');
}

test('a webhook is told all of a request, and its warnings are passed on', async () => {
  await register('validating', 'look', (review) =>
    response(review, { warnings: ['mind', 'mind'] }),
  );
  const { warnings } = await write();
  assert.deepEqual(warnings, ['mind']);
  const [{ path, review }] = asked as [(typeof asked)[number]];
  assert.equal(path, '/look?timeout=10s');
  const { uid, object, ...request } = review.request;
  assert.match(uid, /^[0-9a-f-]{36}$/);
  assert.equal(object.data?.k, 'v');
  const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
  const resource = { group: '', version: 'v1', resource: 'configmaps' };
  assert.deepEqual(request, {
    ...{ kind, resource, requestKind: kind, requestResource: resource },
    ...{ name: 'm', namespace: 'default', operation: 'CREATE' },
    userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
    ...{ oldObject: null, dryRun: true },
    options: {
      ...{ kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...{ dryRun: ['All'], fieldManager: 'me' },
    },
  });
});

test('webhooks change an object one after another, and who wants is asked again', async () => {
  const add = (key: string) =>
    patching(({ request: { object } }) => [
      { op: 'add', path: `/data/${key}`, value: `${Object.keys(object.data ?? {}).length}` },
    ]);
  await register('mutating', 'a', add('a'), { reinvocationPolicy: 'IfNeeded' });
  await register('mutating', 'b', add('b'));
  const { object } = await write();
  assert.deepEqual((object as unknown as { data: object }).data, { k: 'v', a: '3', b: '2' });
  assert.deepEqual(
    asked.map(({ path }) => path[1]),
    ['a', 'b', 'a'],
  );
});

test('of a delete there is only the old object, and nothing to change', async () => {
  await write({});
  await register(
    'mutating',
    'd',
    patching(() => [{ op: 'add', path: '/data/x', value: '1' }]),
  );
  const error = await refusalOf(heart.answer({ ...MAPS, verb: 'delete', name: 'm' }));
  assert.equal(
    error.message,
    'Internal error occurred: admission webhook "d.hooks.example" attempted to modify the object, which is not supported for this operation',
  );
  const { request } = asked[0]!.review;
  assert.equal(request.object, null);
  assert.equal(request.operation, 'DELETE');
  answers.set('/d', allow);
  // A client says by the options that nothing shall happen, in the query or the body.
  await heart.answer({ ...MAPS, verb: 'delete', name: 'm', body: { dryRun: ['All'] } });
  assert.equal(asked.at(-1)!.review.request.dryRun, true);
  await heart.answer({ ...MAPS, verb: 'delete', name: 'm' });
  assert.equal(asked.at(-1)!.review.request.dryRun, false);
});

const INTERNAL = 'Internal error occurred: failed calling webhook "x.hooks.example": ';
const invalid = (why: string) => `${INTERNAL}received invalid webhook response: ${why}`;

for (const {
  name,
  kind = 'validating',
  answer,
  more,
  code = 500,
  reason = 'InternalError',
  want,
} of [
  {
    name: 'a refusal without a word',
    answer: (review) => response(review, { allowed: false }),
    ...{ code: 400, reason: '' },
    want: 'admission webhook "x.hooks.example" denied the request without explanation',
  },
  {
    name: 'a refusal with a code and a reason',
    answer: (review) =>
      response(review, {
        allowed: false,
        status: { code: 409, reason: 'Conflict', message: 'taken' },
      }),
    ...{ code: 409, reason: 'Conflict' },
    want: 'admission webhook "x.hooks.example" denied the request: taken',
  },
  {
    name: 'a refusal with a code that no answer can have',
    answer: (review) =>
      response(review, { allowed: false, status: { code: 99999, message: 'no' } }),
    ...{ code: 400, reason: '' },
    want: 'admission webhook "x.hooks.example" denied the request: no',
  },
  {
    name: 'a refusal whose details are of other types',
    answer: (review) =>
      response(review, { allowed: false, status: { details: { retryAfterSeconds: 'soon' } } }),
    want: `${INTERNAL}failed to call webhook: json: cannot unmarshal string into Go struct field StatusDetails.details.retryAfterSeconds of type int32`,
  },
  {
    name: 'no response',
    answer: (review) => ({ ...response(review, {}), response: undefined }),
    want: invalid('webhook response was absent'),
  },
  {
    name: 'an answer of no kind',
    answer: (review) => ({ response: { uid: review.request.uid, allowed: true } }),
    want: invalid(
      'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=',
    ),
  },
  {
    name: 'a patch of one that only validates',
    answer: (review) => response(review, { patch: 'W10=', patchType: 'JSONPatch' }),
    want: invalid('validating webhook may not return response.patch'),
  },
  {
    name: 'a patch of no type',
    kind: 'mutating',
    answer: (review) => response(review, { patch: 'W10=' }),
    want: invalid('webhook returned response.patch but not response.patchType'),
  },
  {
    name: 'a patch that does not apply',
    kind: 'mutating',
    answer: patching(() => [{ op: 'remove', path: '/data/ghost' }]),
    want: "Internal error occurred: error in remove for path: '/data/ghost': Unable to remove nonexistent key: ghost: missing value",
  },
  {
    name: 'a patch that moves the object to another namespace',
    kind: 'mutating',
    answer: patching(() => [{ op: 'replace', path: '/metadata/namespace', value: 'x' }]),
    ...{ code: 400, reason: 'BadRequest' },
    want: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'a text with an error',
    answer: () => ({ code: 500, text: 'boom\n' }),
    want: `${INTERNAL}failed to call webhook: an error on the server ("boom") has prevented the request from succeeding`,
  },
  {
    name: 'nothing in time',
    answer: () => undefined,
    more: { timeoutSeconds: 1 },
    want: /failed to call webhook: Post "https:\/\/127.0.0.1:\d+\/x\?timeout=1s": context deadline exceeded$/,
  },
  {
    name: 'a service that is not there',
    answer: allow,
    more: { clientConfig: { service: { name: 'hook', namespace: 'default', path: '/x' } } },
    want: `${INTERNAL}failed to call webhook: Post "https://hook.default.svc:443/x?timeout=10s": service "hook" not found`,
  },
  {
    name: 'a condition that fails',
    answer: allow,
    more: { matchConditions: [{ name: 'a', expression: 'object.ghost == 1' }] },
    ...{ code: 403, reason: 'Forbidden' },
    want: `configmaps "m" is forbidden: expression 'object.ghost == 1' resulted in error: no such key: ghost`,
  },
] as {
  name: string;
  kind?: Kind;
  answer: Answer;
  more?: object;
  code?: number;
  reason?: string;
  want: string | RegExp;
}[]) {
  test(`a webhook with ${name}`, async () => {
    const error = await refusalOf(register(kind, 'x', answer, more).then(() => write()));
    if (typeof want === 'string') assert.equal(error.message, want);
    else assert.match(error.message, want);
    assert.deepEqual([error.code, error.reason], [code, reason]);
  });
}

test('who can not be asked is overlooked if that is said', async () => {
  const failing: Answer = () => ({ code: 503, text: '' });
  await register('mutating', 'x', failing, { failurePolicy: 'Ignore' });
  await register('validating', 'y', failing, { failurePolicy: 'Ignore' });
  assert.equal((await write()).created, true);
  assert.equal(asked.length, 2);
});

test('selectors and conditions say who is asked at all', async () => {
  const other = { matchLabels: { a: 'c' } };
  const never = [{ name: 'a', expression: "request.operation == 'DELETE'" }];
  await register('validating', 'x', allow, { objectSelector: other });
  await register('validating', 'y', allow, { namespaceSelector: other });
  await register('validating', 'z', allow, { matchConditions: never });
  await register('mutating', 'w', allow, { matchConditions: never });
  await write();
  assert.deepEqual(asked, []);
});

test('one that only knows v1beta1 answers in it', async () => {
  const old: Answer = () => ({
    response: {
      allowed: true,
      patch: Buffer.from('[{"op":"add","path":"/data/x","value":"1"}]').toString('base64'),
    },
  });
  await register('mutating', 'x', old, { admissionReviewVersions: ['v1beta1'] });
  const { object } = await write();
  assert.deepEqual((object as unknown as { data: object }).data, { k: 'v', x: '1' });
  assert.equal(asked[0]?.review.apiVersion, 'admission.k8s.io/v1beta1');
});
