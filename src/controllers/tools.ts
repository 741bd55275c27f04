import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';

/** What every controller is made with. */
export interface ControllerTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** A client of the controller's own, so that managedFields and events name it. */
  readonly clientFor: (component: string) => Client;
}
