// Goal: whatever the runtime refuses or doesn't tell, and however often the agent dies in the middle
// of something, no container ever runs twice and nothing that may run only once is started again;
// and once that is over, every pod comes to where its spec leads, and what was deleted is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { AgentWorld, type Behaviour } from './agent-world.ts';

const SEEDS = Number(process.env.SEEDS ?? 12);
const FIRST = Number(process.env.SEED ?? 1);
const LAST = process.env.SEED ? FIRST : SEEDS;

const ENDS: readonly Behaviour[] = ['succeeds', 'succeeds beside a sidecar', 'fails'];

/** Never two of the same, and those that run once are started once. */
function checkSafety(world: AgentWorld, seed: number): void {
  const running = world.runtime.running().map(({ podUid, name }) => `${podUid} ${name}`);
  assert.equal(new Set(running).size, running.length, `a container runs twice, seed=${seed}`);
  assert.deepEqual(world.tooEarly, [], `init was skipped, seed=${seed}`);
  for (const [key, count] of world.starts) {
    const behaviour = world.made.get(key.split(' ')[0]!);
    const once = behaviour && ENDS.includes(behaviour) && key.endsWith(' main');
    assert.ok(
      !once || count <= 1,
      `${key} (${behaviour}) was started ${count} times, seed=${seed}`,
    );
  }
}

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

function checkSettled(world: AgentWorld, all: readonly Pod[], seed: number): void {
  const runs = world.runtime.running();
  for (const pod of all) {
    const { uid, name, deletionTimestamp } = pod.metadata;
    const { phase } = pod.status;
    const behaviour = world.made.get(uid)!;
    const where = `${name} (${behaviour}) is ${phase}, seed=${seed}`;
    assert.equal(deletionTimestamp, undefined, `${name} was deleted, seed=${seed}`);
    const running = runs.filter(({ podUid }) => podUid === uid).length;
    if (behaviour.startsWith('serves')) assert.ok(isReady(pod) && running === 1, where);
    if (behaviour === 'crashes') assert.equal(phase, 'Running', where);
    if (ENDS.includes(behaviour)) {
      assert.ok(phase === 'Failed' || (phase === 'Succeeded' && behaviour !== 'fails'), where);
      assert.equal(running, 0, where);
    }
    if (behaviour === 'never starts') assert.equal(phase, 'Pending', where);
  }
  const known = new Set(all.map(({ metadata }) => metadata.uid));
  assert.deepEqual(
    runs.filter(({ podUid }) => !known.has(podUid)),
    [],
    `left running, seed=${seed}`,
  );
}

for (let seed = FIRST; seed <= LAST; seed++) {
  test(`seed ${seed}`, async () => {
    const world = new AgentWorld(seed);
    await world.start();
    await world.clock.advance(1000);
    Object.assign(world.runtime.faults, { refuse: 0.1, loseReply: 0.1, latencyMs: 60 });
    for (let turn = 0; turn < 40; turn++) {
      const done = world.disturb();
      await world.run(400, () => checkSafety(world, seed));
      await done;
    }
    Object.assign(world.runtime.faults, { refuse: 0, loseReply: 0, latencyMs: 5 });
    await world.run(90_000, () => checkSafety(world, seed));
    checkSettled(world, await world.pods(), seed);
    const sandboxes = await settledSandboxes(world);
    const uids = (await world.pods()).map(({ metadata }) => metadata.uid);
    assert.deepEqual(
      sandboxes.filter((uid) => !uids.includes(uid)),
      [],
      `sandboxes left, seed=${seed}`,
    );
    world.crashAgent();
  });
}

async function settledSandboxes(world: AgentWorld): Promise<string[]> {
  world.runtime.faults.latencyMs = 0;
  return (await world.runtime.listPodSandboxes()).map(({ metadata }) => metadata.uid);
}
