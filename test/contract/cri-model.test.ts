// Goal: the runtime that simulated nodes have keeps the same promises as a real one.
import { after } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ModelRuntime } from '../support/model-runtime.ts';
import { criContract } from './cri.ts';

// Timers of the system clock keep no process alive.
const keepAlive = setInterval(() => {}, 60_000);
after(() => clearInterval(keepAlive));

criContract('model', async () => {
  const runtime = new ModelRuntime(systemClock, seededRandom(1));
  runtime.addImage('app:1');
  return {
    runtime,
    image: 'app:1',
    commands: {
      'exit with 3': ['exit', '3'],
      'exit with 7 when asked to': ['exit-on-term', '7'],
      'ignore being asked': ['sleep'],
      'wait until it can be asked': ['true'],
      sleep: ['hang'],
      missing: ['missing'],
      'say out and err, and exit with 4': ['speak'],
    },
    logFolder: '/logs',
    stop: async () => {},
  };
});
