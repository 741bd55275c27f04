import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionChain } from '../admission/admission.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { ResourceTable } from './resource-table.ts';

/** What the registry works with. */
export interface RegistryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store<KubeObject>;
  readonly table: ResourceTable;
  readonly admission: AdmissionChain;
  readonly authorizer: Authorizer;
}
