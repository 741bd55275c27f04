import type { Scenario } from './lib/scenario.ts';
import { custom } from './scenario/custom.ts';
import { get } from './scenario/get.ts';
import { list } from './scenario/list.ts';
import { memory } from './scenario/memory.ts';
import { micro } from './scenario/micro.ts';
import { podStart } from './scenario/pod-start.ts';
import { pods } from './scenario/pods.ts';
import { schedule } from './scenario/schedule.ts';
import { start } from './scenario/start.ts';
import { testing } from './scenario/testing.ts';
import { up } from './scenario/up.ts';
import { watch } from './scenario/watch.ts';
import { write } from './scenario/write.ts';

/** All there are, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  get,
  list,
  write,
  watch,
  start,
  memory,
  custom,
  schedule,
  up,
  pods,
  podStart,
  testing,
  micro,
];
