import type {
  APIService,
  APIServiceCondition,
} from '../../api/generated/apiregistration/v1/types.ts';
import type { Service } from '../../api/generated/core/v1/types.ts';
import { type Cancel, type Clock, toTime } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { Heart } from '../heart.ts';
import { Repeater } from './repeater.ts';

const PREFIX = '/registry/apiregistration.k8s.io/apiservices/';
const SERVICES = '/registry/services/';
const SYSTEM = { name: 'system:apiserver', groups: ['system:masters'] };

export interface AvailabilityParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store<KubeObject>;
  readonly heart: Heart;
}

type Verdict = Pick<APIServiceCondition, 'status' | 'reason' | 'message'>;

/**
 * Keeps saying in the status of each APIService that names another server whether it can be
 * reached. None can: this server doesn't lead on to others, but it says what else is missing.
 */
export function startApiServiceAvailability(parts: AvailabilityParts): Cancel {
  const { store, logger } = parts;
  const telling = new Repeater(
    () => tellAll(parts),
    (error) => logger.warn('APIServices could not be told of', { error: `${error}` }),
  );
  const follow = (prefix: string, next: () => void) =>
    store.watch(prefix, store.revision, { next, end: () => {} });
  // Services only matter to those who name one.
  const isAnybodyThere = () => store.snapshot().count(PREFIX) > 0;
  const cancels = [
    follow(PREFIX, () => telling.ask()),
    follow(SERVICES, () => {
      if (isAnybodyThere()) telling.ask();
    }),
  ];
  telling.ask();
  return () => {
    telling.stop();
    for (const cancel of cancels) cancel();
  };
}

async function tellAll(parts: AvailabilityParts): Promise<void> {
  const entries = parts.store.snapshot().list(PREFIX);
  await Promise.all(entries.map(({ value }) => tell(parts, value as APIService)));
}

async function tell(
  { store, heart, clock }: AvailabilityParts,
  { metadata, spec, status }: APIService,
) {
  if (!spec.service) return; // Local ones are available from the first.
  const { name, namespace, port = 443 } = spec.service;
  const service = store.snapshot().get(`${SERVICES}${namespace}/${name}`)?.value;
  const verdict = verdictOf(
    `service/${name} in "${namespace}"`,
    service as Service | undefined,
    port,
  );
  const present = status.conditions?.find(({ type }) => type === 'Available');
  if (present?.reason === verdict.reason && present?.message === verdict.message) return;
  const others = (status.conditions ?? []).filter((each) => each !== present);
  const isSame = present?.status === verdict.status;
  const since = isSame ? present?.lastTransitionTime : undefined;
  const lastTransitionTime = since ?? toTime(clock.now());
  const conditions = [...others, { type: 'Available', ...verdict, lastTransitionTime }];
  try {
    await heart.handle(
      {
        group: 'apiregistration.k8s.io',
        version: 'v1',
        plural: 'apiservices',
        name: metadata.name,
        subresource: 'status',
        verb: 'patch',
        patchType: 'merge',
        body: { status: { conditions } },
        options: { fieldManager: 'kube-apiserver' },
      },
      SYSTEM,
    );
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error; // It is gone by now.
  }
}

function verdictOf(about: string, service: Service | undefined, port: number): Verdict {
  if (service === undefined) {
    return { status: 'False', reason: 'ServiceNotFound', message: `${about} is not present` };
  }
  const isOpen =
    service.spec.type === 'ExternalName' ||
    service.spec.ports?.some((each) => each.port === port) === true;
  if (!isOpen) {
    const message = `${about} is not listening on port ${port}`;
    return { status: 'False', reason: 'ServicePortError', message };
  }
  const message = 'this server does not lead on to other API servers';
  return { status: 'False', reason: 'FailedDiscoveryCheck', message };
}
