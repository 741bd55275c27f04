import { nodes, pods } from '../api/generated/core/v1/resources.ts';
import { pick, type Random, randomInt } from '../base/random.ts';
import type { DisturbanceWeights } from './faults.ts';
import type { Process } from './process.ts';
import type { Step, Steps } from './steps.ts';
import type { World } from './world.ts';

const SERVER_DOWN_MAX_MS = 10_000;
const FREEZE_MAX_MS = 60_000;
const PARTITION_MAX_MS = 90_000;
const JUMP_MAX_MS = 120_000;
const DISK_FULL_MAX_MS = 20_000;
const DRIFT_MAX = 0.1;

const DISTURBANCES: Readonly<Record<keyof DisturbanceWeights, Step>> = {
  powerOff,
  removeNode,
  crash: (world, random) => world.crash(pick(random, world.components)),
  serverCrash,
  freeze: (world, random) =>
    anyProcess(world, random)?.clock.freeze(randomInt(random, FREEZE_MAX_MS)),
  partition: (world, random) =>
    anyProcess(world, random)?.partition(randomInt(random, PARTITION_MAX_MS)),
  clockJump: (world, random) =>
    anyProcess(world, random)?.clock.jump(randomInt(random, 2 * JUMP_MAX_MS) - JUMP_MAX_MS),
  clockDrift: (world, random) =>
    anyProcess(world, random)?.clock.drift(1 + DRIFT_MAX * (2 * random.float() - 1)),
  compaction: ({ store }) => store.compact(store.revision),
  diskFull,
  pressure,
};

/** What happens to machines and processes, as likely as these weights say. */
export const disturbancesOf = (weights: DisturbanceWeights): Steps =>
  Object.entries(DISTURBANCES).map(([name, step]) => [
    weights[name as keyof DisturbanceWeights],
    name,
    step,
  ]);

/** Ends all that happens to machines and processes: there is power, and networks are whole. */
export function endDisturbances(world: World): void {
  world.apiServer.start();
  world.apiServer.fillDisk(false);
  for (const process of world.processes) process.mend();
  startCrashed(world);
  for (const name of world.nodeNames) {
    world.powerOn(name);
    world.agentOf(name)?.press(false);
  }
}

/** Starts the parts of the control plane that have crashed. */
export function startCrashed(world: World): void {
  for (const component of world.components) {
    if (!world.isRunning(component)) world.start(component);
  }
}

function anyProcess({ processes }: World, random: Random): Process | undefined {
  return processes.length > 0 ? pick(random, processes) : undefined;
}

function powerOff(world: World, random: Random): void {
  const on = world.poweredNodes;
  if (on.length > 1) world.powerOff(pick(random, on));
}

async function removeNode({ client, nodeNames, poweredNodes }: World, random: Random) {
  const off = nodeNames.filter((name) => !poweredNodes.includes(name));
  if (off.length > 0) await client.delete(nodes, { name: pick(random, off) });
}

function serverCrash({ apiServer, clock }: World, random: Random): void {
  apiServer.crash();
  clock.after(randomInt(random, SERVER_DOWN_MAX_MS), () => apiServer.start());
}

function diskFull({ apiServer, clock }: World, random: Random): void {
  apiServer.fillDisk(true);
  clock.after(randomInt(random, DISK_FULL_MAX_MS), () => apiServer.fillDisk(false));
}

async function pressure(world: World, random: Random): Promise<void> {
  const on = world.poweredNodes;
  if (on.length === 0) return;
  const name = pick(random, on);
  const { items } = await world.client.list(pods, { fieldSelector: `spec.nodeName=${name}` });
  const agent = world.agentOf(name);
  agent?.press(true);
  if (items.length > 0) agent?.evict(pick(random, items).metadata.uid);
  world.clock.after(randomInt(random, PARTITION_MAX_MS), () => agent?.press(false));
}
