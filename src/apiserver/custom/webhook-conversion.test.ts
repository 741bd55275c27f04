import assert from 'node:assert/strict';
import test from 'node:test';
import type { ApiRequest, WatchEvent } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { WebhookAddress } from '../http/webhook-client.ts';
import { ADMIN, createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: pin what a webhook is asked, when, and what becomes of answers that are wrong.

const GROUP = 'orchard.example';
const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };

interface Review {
  readonly request: {
    readonly uid: string;
    readonly desiredAPIVersion: string;
    readonly objects: readonly (KubeObject & { spec?: Record<string, unknown> })[];
  };
}

const version = (name: string, field: string, storage: boolean): object => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { [field]: { type: 'string' } } } },
    },
  },
});

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `crates.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'crates', kind: 'Crate' },
    versions: [version('v1', 'colour', true), version('v2', 'color', false)],
    conversion: {
      strategy: 'Webhook',
      webhook: {
        clientConfig: { url: 'https://hook.example/convert' },
        conversionReviewVersions: ['v1'],
      },
    },
  },
};

/** Renames the one field that differs. */
function renamed(object: Review['request']['objects'][number], apiVersion: string): object {
  const { colour, color, ...others } = object.spec ?? {};
  const value = colour ?? color;
  const field = apiVersion.endsWith('/v1') ? 'colour' : 'color';
  return { ...object, apiVersion, spec: { ...others, [field]: value } };
}

function answerOf({ request }: Review): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    response: {
      uid: request.uid,
      result: { status: 'Success' },
      convertedObjects: request.objects.map((each) => renamed(each, request.desiredAPIVersion)),
    },
  };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

async function start(
  answer: (review: Review) => unknown = answerOf,
  definition: object = DEFINITION,
) {
  const asked: { address: WebhookAddress; review: Review }[] = [];
  const post = async (address: WebhookAddress, body: object) => {
    asked.push({ address, review: body as Review });
    return answer(body as Review);
  };
  const server = await createTestHeart({ post });
  await server.send({ ...CRDS, verb: 'create', body: definition });
  await settled();
  return { server, asked };
}

const crates = (more: Partial<ApiRequest>): ApiRequest =>
  ({
    group: GROUP,
    version: 'v1',
    plural: 'crates',
    namespace: 'default',
    options: {},
    ...more,
  }) as ApiRequest;

const create = (server: TestHeart, name: string, apiVersion: 'v1' | 'v2', spec: object) =>
  server.send(
    crates({
      verb: 'create',
      version: apiVersion,
      body: { apiVersion: `${GROUP}/${apiVersion}`, kind: 'Crate', metadata: { name }, spec },
    }),
  );

test('an object is converted on its way into the store and out of it', async () => {
  const { server, asked } = await start();
  const made = await create(server, 'a', 'v2', { color: 'red' });
  assert.deepEqual([made.apiVersion, made.spec], [`${GROUP}/v2`, { color: 'red' }]);
  const stored = server.store.latest(`/registry/${GROUP}/crates/default/a`)!.value;
  assert.deepEqual((stored as unknown as { spec: unknown }).spec, { colour: 'red' });
  assert.equal(asked[0]!.address.host, 'hook.example');
  const count = asked.length;
  await server.send(crates({ verb: 'get', version: 'v2', name: 'a' }));
  await server.send(crates({ verb: 'get', name: 'a' }));
  assert.equal(asked.length, count, 'what was converted once is kept');
});

test('a service that is not there is told of as what could not be posted to', async () => {
  const definition = structuredClone(DEFINITION);
  const service = { name: 'nope', namespace: 'default', path: '/c' };
  Object.assign(definition.spec.conversion.webhook, { clientConfig: { service } });
  const { server } = await start(answerOf, definition);
  await create(server, 'a', 'v1', {});
  await assert.rejects(
    server.send(crates({ verb: 'get', version: 'v2', name: 'a' })),
    refusal(
      500,
      'conversion webhook for orchard.example/v1, Kind=Crate failed: Post "https://nope.default.svc:443/c?timeout=30s": service "nope" not found',
    ),
  );
});

test('a list is converted in one go, and patches and watches are converted too', async () => {
  const { server, asked } = await start();
  for (const name of ['a', 'b', 'c']) await create(server, name, 'v1', { colour: name });
  const list = await server.send(crates({ verb: 'list', version: 'v2' }));
  assert.deepEqual(
    (list.items as { spec: unknown }[]).map(({ spec }) => spec),
    [{ color: 'a' }, { color: 'b' }, { color: 'c' }],
  );
  assert.equal(asked.length, 1);

  const events: WatchEvent[] = [];
  const sink = { next: (event: WatchEvent) => void events.push(event), end: () => {} };
  server.heart.watch(crates({ verb: 'watch', version: 'v2' }), ADMIN, sink);
  await settled();
  const body = { spec: { color: 'z' } };
  await server.send(crates({ verb: 'patch', version: 'v2', name: 'a', patchType: 'merge', body }));
  await settled();
  await server.send(crates({ verb: 'delete', version: 'v2', name: 'b' }));
  await settled();
  assert.deepEqual(
    events.map(({ type, object }) => [type, (object as unknown as { spec: unknown }).spec]),
    [
      ['ADDED', { color: 'a' }],
      ['ADDED', { color: 'b' }],
      ['ADDED', { color: 'c' }],
      ['MODIFIED', { color: 'z' }],
      ['DELETED', { color: 'b' }],
    ],
  );
});

for (const { name, answer, message } of [
  {
    name: 'a webhook that cannot be reached',
    answer: () => {
      throw new Error('Post "https://hook.example/convert?timeout=30s": connect ECONNREFUSED');
    },
    message:
      'conversion webhook for orchard.example/v1, Kind=Crate failed: Post "https://hook.example/convert?timeout=30s": connect ECONNREFUSED',
  },
  {
    name: 'a webhook that refuses',
    answer: (review: Review) => ({
      ...answerOf(review),
      response: { uid: review.request.uid, result: { status: 'Failure', message: 'rotten' } },
    }),
    message: 'conversion webhook for orchard.example/v1, Kind=Crate failed: rotten',
  },
  {
    name: 'an answer to another question',
    answer: (review: Review) => ({ ...answerOf(review), response: { uid: 'x' } }),
    message: /failed: expected response\.uid="[^"]+", got "x"$/,
  },
  {
    name: 'too few objects',
    answer: (review: Review) => {
      const { uid } = review.request;
      return { ...answerOf(review), response: { uid, result: { status: 'Success' } } };
    },
    message: 'conversion webhook for orchard.example/v1, Kind=Crate returned 0 objects, expected 1',
  },
  {
    name: 'an object that is another',
    answer: (review: Review) => {
      const { uid, objects, desiredAPIVersion } = review.request;
      const other = { ...objects[0], apiVersion: desiredAPIVersion, metadata: { name: 'x' } };
      const response = { uid, result: { status: 'Success' }, convertedObjects: [other] };
      return { ...answerOf(review), response };
    },
    message:
      'conversion webhook for orchard.example/v1, Kind=Crate returned invalid converted object at index 0: must have the same name: a != x',
  },
]) {
  test(`${name} fails the read`, async () => {
    const { server } = await start(answer);
    await create(server, 'a', 'v1', { colour: 'red' });
    await assert.rejects(
      server.send(crates({ verb: 'get', version: 'v2', name: 'a' })),
      refusal(500, message),
    );
  });
}
