import type { FlowSchema } from '../../api/generated/flowcontrol/v1/types.ts';
import { type Cancel, type Clock, toTime } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import { ensure } from '../bootstrap.ts';
import type { Heart } from '../heart.ts';
import { Repeater } from '../upkeep/repeater.ts';
import { SUGGESTED_LEVELS, SUGGESTED_SCHEMAS } from './suggested.ts';

const GROUP = 'flowcontrol.apiserver.k8s.io';
const PREFIX = `/registry/${GROUP}/`;
const SCHEMAS = `${PREFIX}flowschemas/`;
const LEVELS = `${PREFIX}prioritylevelconfigurations/`;
const MANAGER = 'api-priority-and-fairness-config-consumer-v1';
const SYSTEM = { name: 'system:apiserver', groups: ['system:masters'] };

export interface FlowControlParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store<KubeObject>;
  readonly heart: Heart;
}

/**
 * Sees that the suggested flow schemas and priority levels are there, and keeps saying in each
 * schema's status whether its level is. Nobody has to wait for it: requests are bounded as one.
 */
export function startFlowControl(parts: FlowControlParts): Cancel {
  const { store, logger } = parts;
  const telling = new Repeater(
    () => tellAll(parts),
    (error) => logger.warn('flow schemas could not be looked after', { error: `${error}` }),
  );
  const stopFollowing = store.watch(PREFIX, store.revision, {
    next: () => telling.ask(),
    end: () => {},
  });
  makeSuggested(parts).then(
    () => telling.ask(),
    (error) => {
      if (telling.isStopped) return;
      logger.warn('flow schemas could not be made', { error: `${error}` });
    },
  );
  return () => {
    telling.stop();
    stopFollowing();
  };
}

async function makeSuggested({ heart }: FlowControlParts): Promise<void> {
  const wanted = [...SUGGESTED_LEVELS, ...SUGGESTED_SCHEMAS];
  await Promise.all(wanted.map((each) => ensure(heart, each)));
}

async function tellAll(parts: FlowControlParts): Promise<void> {
  const snapshot = parts.store.snapshot();
  const told = snapshot.list(SCHEMAS).map(({ value }) => {
    const schema = value as FlowSchema;
    const { name } = schema.spec.priorityLevelConfiguration;
    return tell(parts, schema, snapshot.get(LEVELS + name) !== undefined);
  });
  await Promise.all(told);
}

/** Writes the condition of a schema unless it is there already. */
async function tell(
  { heart, clock }: FlowControlParts,
  { metadata, spec, status }: FlowSchema,
  hasLevel: boolean,
): Promise<void> {
  const condition = danglingCondition(spec.priorityLevelConfiguration.name, hasLevel);
  const present = status.conditions?.find(({ type }) => type === condition.type);
  if (present?.status === condition.status && present.message === condition.message) return;
  const { name } = metadata;
  const conditions = [{ ...condition, lastTransitionTime: toTime(clock.now()) }];
  try {
    await heart.handle(
      {
        group: GROUP,
        version: 'v1',
        plural: 'flowschemas',
        name,
        subresource: 'status',
        verb: 'patch',
        patchType: 'apply',
        body: {
          kind: 'FlowSchema',
          apiVersion: `${GROUP}/v1`,
          metadata: { name },
          status: { conditions },
        },
        options: { fieldManager: MANAGER, force: true },
      },
      SYSTEM,
    );
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error; // It is gone by now.
  }
}

function danglingCondition(level: string, hasLevel: boolean) {
  const about = `This FlowSchema references the PriorityLevelConfiguration object named "${level}"`;
  return hasLevel
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${about} and it exists` }
    : {
        type: 'Dangling',
        status: 'True',
        reason: 'NotFound',
        message: `${about} but there is no such object`,
      };
}
