import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { FlowSchema } from '../../api/generated/flowcontrol/v1/types.ts';
import { silentLogger } from '../../base/logger.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';
import { startFlowControl } from './flow-schema-status.ts';

// Goal: who looks at flow control sees what every cluster has, and which schemas lead nowhere.

const schemas = { group: 'flowcontrol.apiserver.k8s.io', plural: 'flowschemas' };
const levels = { ...schemas, plural: 'prioritylevelconfigurations' };

async function danglingOf({ send }: TestHeart, name: string): Promise<string | undefined> {
  for (let i = 0; i < 20; i++) await turn();
  const schema = (await send({ ...schemas, verb: 'get', name })) as unknown as FlowSchema;
  return schema.status.conditions?.find(({ type }) => type === 'Dangling')?.status;
}

test('what is suggested is there, and nothing of it leads nowhere', async () => {
  const heart = await createTestHeart();
  const cancel = startFlowControl({ ...heart, logger: silentLogger });
  assert.equal(await danglingOf(heart, 'global-default'), 'False');
  const { items } = await heart.send({ ...schemas, verb: 'list' });
  assert.equal((items as object[]).length, 13);
  const found = (items as FlowSchema[]).map(({ status }) => status.conditions?.[0]?.status);
  assert.deepEqual(new Set(found), new Set(['False']));
  assert.equal(((await heart.send({ ...levels, verb: 'list' })).items as object[]).length, 8);
  cancel();
});

test('a schema dangles for as long as its level is not there', async () => {
  const heart = await createTestHeart();
  const cancel = startFlowControl({ ...heart, logger: silentLogger });
  const spec = { priorityLevelConfiguration: { name: 'fast' } };
  await heart.send({ ...schemas, verb: 'create', body: { metadata: { name: 's' }, spec } });
  assert.equal(await danglingOf(heart, 's'), 'True');
  const limited = { limitResponse: { type: 'Reject' } };
  const body = { metadata: { name: 'fast' }, spec: { type: 'Limited', limited } };
  await heart.send({ ...levels, verb: 'create', body });
  assert.equal(await danglingOf(heart, 's'), 'False');
  await heart.send({ ...levels, verb: 'delete', name: 'fast' });
  assert.equal(await danglingOf(heart, 's'), 'True');
  cancel();
});

test('what requests need to fit anywhere stays as it is', async () => {
  const heart = await createTestHeart();
  const cancel = startFlowControl({ ...heart, logger: silentLogger });
  await danglingOf(heart, 'catch-all');
  const patch = (at: typeof schemas, name: string, spec: object) =>
    heart.send({ ...at, verb: 'patch', patchType: 'merge', name, body: { spec } });
  await assert.rejects(
    patch(schemas, 'exempt', { matchingPrecedence: 5 }),
    refusal(
      422,
      /spec: Invalid value: \{"PriorityLevelConfiguration":\{"Name":"exempt"\},"MatchingPrecedence":5,.*: spec of 'exempt' must equal the fixed value/,
    ),
  );
  await assert.rejects(
    patch(levels, 'catch-all', { limited: { nominalConcurrencyShares: 7 } }),
    refusal(422, /spec of 'catch-all' must equal the fixed value/),
  );
  await patch(levels, 'exempt', { exempt: { nominalConcurrencyShares: 4 } });
  cancel();
});
