import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiRequest } from '../../machinery/api-request.ts';
import { StatusError } from '../../machinery/status.ts';
import { createTestHeart } from '../testing.ts';

// Goal: a fault of the metadata is told as often as Kubernetes tells it, which differs by kind.

type Where = Pick<ApiRequest, 'plural' | 'group'>;
const heart = await createTestHeart();

/** The fields that the causes of a refusal name, in order. */
async function faults(request: Where & Partial<ApiRequest> & Pick<ApiRequest, 'verb'>) {
  try {
    await heart.send({ namespace: 'default', ...request });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.details?.causes?.map(({ field }) => field);
  }
  return [];
}

const template = (restartPolicy: string) => ({
  metadata: { labels: { a: 'b' } },
  spec: { restartPolicy, containers: [{ name: 'm', image: 'i' }] },
});
const pods = { selector: { matchLabels: { a: 'b' } }, template: template('Always') };
const budgets = { plural: 'poddisruptionbudgets', group: 'policy' };
const LABELS = 'metadata.labels';

for (const { kind, where, body, times } of [
  {
    kind: 'a ReplicaSet',
    where: { plural: 'replicasets', group: 'apps' },
    body: { spec: pods },
    times: 3,
  },
  {
    kind: 'a DaemonSet',
    where: { plural: 'daemonsets', group: 'apps' },
    body: { spec: pods },
    times: 3,
  },
  {
    kind: 'a ControllerRevision',
    where: { plural: 'controllerrevisions', group: 'apps' },
    body: { revision: 1, data: {} },
    times: 4,
  },
  {
    kind: 'a Job',
    where: { plural: 'jobs', group: 'batch' },
    body: { spec: { template: template('Never') } },
    times: 4,
  },
  { kind: 'a budget', where: budgets, body: { spec: {} }, times: 2 },
  {
    kind: 'an EndpointSlice',
    where: { plural: 'endpointslices', group: 'discovery.k8s.io' },
    body: { addressType: 'IPv4', endpoints: [] },
    times: 3,
  },
]) {
  test(`a label that can't be is told ${times} times of ${kind}`, async () => {
    const metadata = { name: 'a' };
    await heart.send({
      ...where,
      namespace: 'default',
      verb: 'create',
      body: { metadata, ...body },
    });
    const patch = { metadata: { labels: { 'a b': '' } } };
    const told = faults({ ...where, verb: 'patch', name: 'a', patchType: 'merge', body: patch });
    assert.deepEqual(await told, Array(times).fill(LABELS));
  });
}

test('of a new budget, metadata is looked at last', async () => {
  const metadata = { name: 'Any_Name', labels: { 'a b': '' } };
  const create = (spec: object) => faults({ ...budgets, verb: 'create', body: { metadata, spec } });
  assert.deepEqual(await create({ minAvailable: -1 }), ['spec.minAvailable']);
  assert.deepEqual(await create({ minAvailable: 1 }), [LABELS]);
});
