import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { before, test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { RequestOptions } from '../../machinery/api-request.ts';
import type { KubeList } from '../../machinery/object.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { staticTokens } from '../auth/authenticator.ts';
import { clusterAuthorization } from '../auth/cluster-authorizer.ts';
import { installPolicy } from '../auth/rbac/install-policy.ts';
import { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { objectCodec } from '../encoding/json.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: the server tells who somebody is and what they may do, and stores nothing of it.

const authorization = { group: 'authorization.k8s.io', verb: 'create' } as const;
const authentication = { group: 'authentication.k8s.io', verb: 'create' } as const;
const pia = { name: 'pia', groups: ['pickers', 'system:authenticated'], uid: '7' };

let heart: TestHeart;
let accounts: ServiceAccountTokens;

before(async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const clock = new VirtualClock();
  const store = createMemoryStore(objectCodec);
  accounts = new ServiceAccountTokens(store, clock, async () => privateKey);
  const tokens = [staticTokens(new Map([['secret', pia]]))];
  const deciders = clusterAuthorization(store);
  await installPolicy(store, clock, seededRandom(1));
  heart = await createTestHeart({ store, clock, accountTokens: accounts, tokens, ...deciders });
});

const deletion = { verb: 'delete', resource: 'pods', namespace: 'n' };

for (const { plural, spec, want } of [
  {
    plural: 'selfsubjectaccessreviews',
    spec: { resourceAttributes: deletion },
    want: { allowed: true },
  },
  {
    plural: 'subjectaccessreviews',
    spec: { user: 'pia', resourceAttributes: deletion },
    want: { allowed: false },
  },
  {
    plural: 'selfsubjectaccessreviews',
    spec: {
      resourceAttributes: {
        ...deletion,
        fieldSelector: { rawSelector: 'no operator' },
        labelSelector: {
          requirements: [
            { key: 'a', operator: 'Like', values: ['b'] },
            { key: 'a', operator: 'Exists' },
          ],
        },
      },
    },
    want: {
      allowed: true,
      evaluationError:
        '[spec.resourceAttributes.fieldSelector ignored due to parse error, spec.resourceAttributes.labelSelector partially ignored due to parse error]',
    },
  },
  {
    plural: 'subjectaccessreviews',
    spec: { user: 'x', groups: ['system:masters'], resourceAttributes: deletion },
    want: { allowed: true },
  },
  {
    plural: 'subjectaccessreviews',
    spec: {
      groups: ['system:unauthenticated'],
      nonResourceAttributes: { verb: 'get', path: '/healthz' },
    },
    want: {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:unauthenticated"',
    },
  },
]) {
  test(`${plural} of ${JSON.stringify(spec)}`, async () => {
    const revision = heart.store.revision;
    const { status } = await heart.send({ ...authorization, plural, body: { spec } });
    assert.deepEqual(status, want);
    assert.equal(heart.store.revision, revision);
  });
}

for (const { plural, spec, message } of [
  {
    plural: 'selfsubjectaccessreviews',
    spec: {},
    message:
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  },
  {
    plural: 'subjectaccessreviews',
    spec: { resourceAttributes: deletion },
    message:
      '.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
  },
  {
    plural: 'selfsubjectaccessreviews',
    spec: { resourceAttributes: { ...deletion, fieldSelector: {} } },
    message:
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required',
  },
  {
    plural: 'selfsubjectaccessreviews',
    spec: {
      resourceAttributes: {
        ...deletion,
        labelSelector: { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In' }] },
      },
    },
    message:
      '.authorization.k8s.io "" is invalid: [spec.resourceAttributes.labelSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements, spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be specified when `operator` is \'In\' or \'NotIn\']',
  },
]) {
  test(`refused: ${message}`, async () => {
    const request = { ...authorization, plural, body: { spec } };
    await assert.rejects(heart.send(request), refusal(422, message));
  });
}

test('what is wrong with a question is told in the names of Go', async () => {
  const paths = { nonResourceAttributes: { path: '/x', verb: 'get' } };
  const both = { ...paths, resourceAttributes: deletion };
  const request = { ...authorization, plural: 'selfsubjectaccessreviews', body: { spec: both } };
  const why = 'cannot be specified in combination with resourceAttributes';
  const shown = '{"Path":"/x","Verb":"get"}';
  await assert.rejects(
    heart.send(request),
    refusal(
      422,
      `.authorization.k8s.io "" is invalid: spec.nonResourceAttributes: Invalid value: ${shown}: ${why}`,
    ),
  );
});

test('a question about a namespace is asked in it', async () => {
  const plural = 'localsubjectaccessreviews';
  const ask = (metadata: object, spec: object) =>
    heart.send({ ...authorization, plural, namespace: 'n', body: { metadata, spec } });
  const spec = { user: 'pia', resourceAttributes: deletion };
  const elsewhere =
    'the namespace of the provided object does not match the namespace sent on the request';
  await assert.rejects(ask({ namespace: 'm' }, spec), refusal(400, elsewhere));
  const named =
    /^\.authorization\.k8s\.io "" is invalid: metadata: Invalid value: \{"name":"x","namespace":"n","managedFields":\[.*\]\}: must be empty except for namespace$/;
  await assert.rejects(ask({ name: 'x' }, spec), refusal(422, named));
  const other = { ...spec, resourceAttributes: { ...deletion, namespace: 'm' } };
  const mismatch =
    '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "m": must match metadata.namespace';
  await assert.rejects(ask({}, other), refusal(422, mismatch));
});

test('a user is told who they are', async () => {
  const request = { ...authentication, plural: 'selfsubjectreviews', body: {} };
  const { status } = await heart.send(request, pia);
  assert.deepEqual(status, {
    userInfo: { username: 'pia', uid: '7', groups: ['pickers', 'system:authenticated'] },
  });
});

const reviewToken = async (spec: object) =>
  (await heart.send({ ...authentication, plural: 'tokenreviews', body: { spec } })).status;

test('tokens are told apart', async () => {
  const { user, ...rest } = (await reviewToken({ token: 'secret' })) as { user: object };
  assert.deepEqual(user, { username: 'pia', uid: '7', groups: pia.groups });
  assert.deepEqual(rest, { authenticated: true, audiences: [accounts.issuer] });
  const rubbish = { user: {}, error: 'invalid bearer token' };
  assert.deepEqual(await reviewToken({ token: 'rubbish' }), rubbish);
});

test('no token, no review', async () => {
  const message = 'token is required for TokenReview in authentication';
  await assert.rejects(reviewToken({}), refusal(400, message));
});

test('who may not ask is told so', async () => {
  const request = { ...authentication, plural: 'tokenreviews', body: { spec: { token: 'x' } } };
  await assert.rejects(heart.send(request, pia), refusal(403, /User "pia" cannot create/));
});

test('reviews are asked, not listed', async () => {
  const request = { ...authorization, plural: 'subjectaccessreviews', verb: 'list' } as const;
  await assert.rejects(heart.send(request), refusal(405, /method/));
});

test('states of components are listed by their names', async () => {
  const list = async (options: RequestOptions) => {
    const answer = await heart.answer({ plural: 'componentstatuses', verb: 'list', options });
    return (answer.object as KubeList).items.length;
  };
  assert.equal(await list({ fieldSelector: 'metadata.name=etcd-0' }), 1);
  assert.equal(await list({ fieldSelector: 'metadata.name=other' }), 0);
  await assert.rejects(list({ labelSelector: '=' }), refusal(400, /^found '='/));
  await assert.rejects(list({ fieldSelector: 'x=1' }), refusal(400, /not a known field selector/));
});
