import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leases } from '../../src/api/generated/coordination/v1/resources.ts';
import { createInProcessTransport } from '../../src/apiserver/in-process-transport.ts';
import type { Clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { type Random, randomInt } from '../../src/base/random.ts';
import type { Client } from '../../src/client/client.ts';
import { ELECTION_TIMING, runAsLeader } from '../../src/client/leader-election.ts';
import { createClient } from '../../src/client/typed-client.ts';
import { drawFaults, type FaultRates, NO_FAULTS } from '../../src/sim/faults.ts';
import { FaultyTransport } from '../../src/sim/faulty-transport.ts';
import { createWorld, type World } from '../../src/sim/world.ts';

// Goal: whatever is lost, late or refused on the way to the API, and however the clocks of
// candidates differ, never do two lead at a time; and once things go well, one does.

const LEASE = { namespace: 'kube-system', name: 'test' };
const { leaseMs, renewDeadlineMs, retryMs } = ELECTION_TIMING;

/** A clock that shows another time and runs at another rate. */
function skewed(clock: Clock, { rate, offsetMs }: { rate: number; offsetMs: number }): Clock {
  return {
    now: () => clock.now() + offsetMs,
    monotonicMs: () => clock.monotonicMs() * rate,
    after: (delayMs, task) => clock.after(delayMs / rate, task),
  };
}

/** Candidates of one election, each with a clock, a connection and a life of its own. */
class Election {
  readonly world: World;
  faults: FaultRates = NO_FAULTS;
  /** Who believes to lead. */
  readonly leaders = new Set<string>();
  readonly history: string[] = [];
  readonly #running = new Map<string, { readonly stop: AbortController; cut(): void }>();
  readonly #clocks = new Map<string, Clock>();
  #lives = 0;

  constructor(world: World) {
    this.world = world;
  }

  get candidates(): string[] {
    return [...this.#running.keys()];
  }

  start(name: string, skew = { rate: 1, offsetMs: 0 }): Promise<void> {
    const { clock } = this.world;
    const identity = `${name}_${this.#lives++}`;
    const own = this.#clocks.get(name) ?? skewed(clock, skew);
    this.#clocks.set(name, own);
    const random = this.world.streams.stream(identity);
    const user = { name, groups: ['system:masters'] };
    const direct = createInProcessTransport(this.world.server.heart, user);
    const tools = { clock, random, rates: () => this.faults, called: () => {} };
    const transport = new FaultyTransport(direct, tools);
    const client: Client = createClient(transport, { fieldManager: name });
    const stop = new AbortController();
    let isDead = false;
    this.#running.set(name, {
      stop,
      cut: () => {
        isDead = true;
        transport.cut();
        this.leaders.delete(name);
      },
    });
    const options = { ...LEASE, identity, signal: stop.signal };
    return runAsLeader({ clock: own, random, client, logger: silentLogger }, options, (signal) => {
      if (isDead) return;
      this.history.push(name);
      this.leaders.add(name);
      assert.ok(this.leaders.size < 2, `${[...this.leaders]} lead at ${clock.monotonicMs()}`);
      signal.addEventListener('abort', () => this.leaders.delete(name), { once: true });
    });
  }

  /** Ends a candidate as one ends that is told to. */
  stop(name: string): void {
    this.#running.get(name)?.stop.abort();
    this.#running.delete(name);
  }

  /** Ends a candidate as `kill -9` does. */
  crash(name: string): void {
    this.#running.get(name)?.cut();
    this.#running.delete(name);
  }
}

async function startElection(seed = 1): Promise<Election> {
  return new Election(await createWorld(seed, { components: [] }));
}

async function leaderAfter(election: Election, ms: number): Promise<string | undefined> {
  await election.world.clock.advance(ms);
  return [...election.leaders][0];
}

test('the only candidate leads at once, and says so in the lease', async () => {
  const election = await startElection();
  void election.start('a');
  assert.equal(await leaderAfter(election, 0), 'a');
  const lease = await election.world.client.get(leases, LEASE);
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = lease.spec;
  assert.deepEqual([holderIdentity, leaseDurationSeconds, leaseTransitions], ['a_0', 15, 0]);
  await election.world.clock.advance(600_000);
  assert.deepEqual(election.history, ['a'], 'it goes on leading');
  const later = await election.world.client.get(leases, LEASE);
  assert.equal(later.spec.acquireTime, lease.spec.acquireTime);
  assert.ok(`${later.spec.renewTime}` > `${lease.spec.renewTime}`);
});

test('the next one follows soon when a leader is told to stop', async () => {
  const election = await startElection();
  const ended = election.start('a');
  void election.start('b');
  await election.world.clock.advance(60_000);
  assert.deepEqual(election.history, ['a']);
  election.stop('a');
  assert.equal(await leaderAfter(election, retryMs * 1.2), 'b');
  await ended;
  const { spec } = await election.world.client.get(leases, LEASE);
  assert.deepEqual([spec.holderIdentity, spec.leaseTransitions], ['b_1', 1]);
});

test('the next one follows when the lease of a leader that has died is over', async () => {
  const election = await startElection();
  void election.start('a');
  void election.start('b');
  await election.world.clock.advance(60_000);
  election.crash('a');
  assert.equal(await leaderAfter(election, leaseMs - retryMs * 1.2), undefined);
  assert.equal(await leaderAfter(election, retryMs * 2.4), 'b');
});

test('a leader that reaches nobody stops before the next one may begin', async () => {
  const election = await startElection();
  void election.start('a');
  await election.world.clock.advance(60_000);
  election.faults = { ...NO_FAULTS, refused: 1 };
  assert.equal(await leaderAfter(election, renewDeadlineMs - retryMs * 1.2), 'a');
  assert.equal(await leaderAfter(election, retryMs * 1.2), undefined);
  election.faults = NO_FAULTS;
  assert.equal(await leaderAfter(election, retryMs * 1.2), 'a', 'and leads again when it can');
});

test('a leader whose lease was taken away stops when it learns of it', async () => {
  const election = await startElection();
  void election.start('a');
  await election.world.clock.advance(1000);
  const lease = await election.world.client.get(leases, LEASE);
  const spec = { ...lease.spec, holderIdentity: 'other' };
  await election.world.client.update(leases, { ...lease, spec });
  assert.equal(await leaderAfter(election, retryMs * 1.2), undefined);
  const { spec: after } = await election.world.client.get(leases, LEASE);
  assert.equal(after.holderIdentity, 'other', 'it takes nothing back and hands nothing over');
  assert.equal(await leaderAfter(election, leaseMs + retryMs * 1.2), 'a');
});

test('what a leader fails with ends its candidacy and frees the lease', async () => {
  const { world } = await startElection();
  const tools = { ...world, random: world.streams.stream('a'), logger: silentLogger };
  const { signal } = new AbortController();
  const failed = runAsLeader(tools, { ...LEASE, identity: 'a', signal }, async () => {
    throw new Error('a bug');
  });
  failed.catch(() => {});
  await world.clock.advance(10);
  await assert.rejects(failed, /a bug/);
  const { spec } = await world.client.get(leases, LEASE);
  assert.ok(!spec.holderIdentity);
});

/** One step of a random life. */
function step(election: Election, random: Random): void {
  const name = ['a', 'b', 'c'][randomInt(random, 3)]!;
  const kind = randomInt(random, 7);
  if (kind === 0) election.faults = drawFaults(random);
  else if (kind === 1) election.faults = { ...NO_FAULTS, refused: 0.9, late: 0.1 };
  else if (kind === 2) election.faults = { ...NO_FAULTS, latencyMaxMs: randomInt(random, 8000) };
  else if (!election.candidates.includes(name)) {
    const skew = {
      rate: 0.85 + random.float() * 0.3,
      offsetMs: randomInt(random, 7_200_000) - 3_600_000,
    };
    election.start(name, skew).catch((error) => election.history.push(`${error}`));
  } else if (kind < 6) election.crash(name);
  else election.stop(name);
}

for (let seed = 1; seed <= 25; seed++) {
  test(`seed ${seed}: one at most, and one in the end`, async () => {
    const election = await startElection(seed);
    const { clock, streams } = election.world;
    const random = streams.stream('steps');
    for (let i = 0; i < 60; i++) {
      step(election, random);
      await clock.advance(randomInt(random, 20_000));
    }
    election.faults = NO_FAULTS;
    if (election.candidates.length === 0) void election.start('d');
    await clock.advance(60_000);
    assert.equal(election.leaders.size, 1);
    assert.ok(
      election.history.every((name) => name.length === 1),
      election.history.join(),
    );
  });
}
