import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodes } from '../../src/api/generated/core/v1/resources.ts';
import { randomInt } from '../../src/base/random.ts';
import { NO_FAULTS } from '../../src/sim/faults.ts';
import { Haunted } from '../../src/sim/haunted.ts';
import { SafetyChecker } from '../../src/sim/safety.ts';
import { Truth } from '../../src/sim/truth.ts';
import { Violations } from '../../src/sim/violations.ts';
import { createWorld } from '../../src/sim/world.ts';

// Goal: however answers get lost, and however often nodes come and go, no two have the same network,
// and once things go well each has one.

for (let seed = 1; seed <= 12; seed++) {
  test(`seed ${seed}: every node has a network of its own`, async (t) => {
    const world = await createWorld(seed);
    t.after(() => world.close());
    const truth = new Truth(world.store, world.clock);
    const violations = new Violations();
    new SafetyChecker(truth, world.clock, violations, new Haunted());
    const random = world.streams.stream('steps');
    world.faults = { ...NO_FAULTS, lostReply: 0.4, refused: 0.4, watchDelayMaxMs: 2000 };
    for (let i = 0; i < 60; i++) {
      const name = `node-${randomInt(random, 12)}`;
      if (!world.nodeNames.includes(name)) world.addNode(name);
      else if (random.float() < 0.4) {
        world.powerOff(name);
        await world.client.delete(nodes, { name }).catch(() => {});
      } else world.powerOn(name);
      await world.clock.advance(randomInt(random, 1500));
      assert.equal(violations.first, undefined);
    }
    world.faults = NO_FAULTS;
    for (const name of world.nodeNames) world.powerOn(name);
    await world.clock.advance(400_000);
    assert.equal(violations.first, undefined);
    const { items } = await world.client.list(nodes);
    assert.deepEqual(
      items.filter(({ spec }) => spec.podCIDRs?.length !== 1).map(({ metadata }) => metadata.name),
      [],
    );
  });
}
