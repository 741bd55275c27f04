import { type Clock, toTime } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { type Random, uuid } from '../../../base/random.ts';
import type { ApiRequest, User } from '../../../machinery/api-request.ts';
import type { Draft, FieldsV1, KubeObject, ManagedFieldsEntry } from '../../../machinery/object.ts';
import { parseApiVersion } from '../../../machinery/resource.ts';
import { shared } from '../../../machinery/shared-parts.ts';
import { isStatusError } from '../../../machinery/status.ts';
import type { Store, Write } from '../../../store/store.ts';
import type { Heart } from '../../heart.ts';
import { builtinPolicy, type PolicyObject } from './builtin-policy.ts';
import { type Repair, repairOf } from './reconcile-policy.ts';

const PREFIX = '/registry/rbac.authorization.k8s.io/';
const SYSTEM: User = { name: 'system:apiserver', groups: ['system:masters'] };
const MANAGER = 'kube-apiserver';

const pluralOf = (kind: string): string => `${kind.toLowerCase()}s`;

const keyOf = ({ kind, metadata: { namespace, name } }: PolicyObject): string =>
  `${PREFIX}${pluralOf(kind)}/${namespace ? `${namespace}/` : ''}${name}`;

/**
 * Gives a new cluster the roles and bindings that every cluster has, in one commit. *Obvious: create
 * each through the registry.* It is a hundred and forty objects, known to be right, in the time in
 * which a user waits; a test holds them to what the registry would have made of them.
 */
export async function installPolicy(
  store: Pick<Store<KubeObject>, 'commit'>,
  clock: Clock,
  random: Random,
): Promise<void> {
  const time = toTime(clock.now());
  const known = new Map<string, FieldsV1>();
  const writes = builtinPolicy().map((object): Write<KubeObject> => {
    const managedFields = [ownedBy(object, fieldsOf(object, known), time)];
    const metadata = { ...object.metadata, uid: uuid(random), creationTimestamp: time };
    const draft = { ...object, metadata: { ...metadata, managedFields } } as Draft<KubeObject>;
    return { type: 'put', key: keyOf(object), draft, expect: 0 };
  });
  await store.commit(writes);
}

/** That the API server has set all that it has set. */
const ownedBy = (
  { apiVersion }: PolicyObject,
  fieldsV1: FieldsV1,
  time: string,
): ManagedFieldsEntry => ({
  manager: MANAGER,
  operation: 'Update',
  apiVersion,
  time,
  fieldsType: 'FieldsV1',
  fieldsV1,
});

const all = (keys: object | undefined): FieldsV1 => {
  const fields: Record<string, FieldsV1> = { '.': {} };
  for (const key of Object.keys(keys ?? {}).sort()) fields[`f:${key}`] = {};
  return fields;
};

const ATOMIC = ['roleRef', 'rules', 'subjects'];

/** The fields of an object, made once for all that have the same. */
function fieldsOf(object: PolicyObject, known: Map<string, FieldsV1>): FieldsV1 {
  const { annotations, labels } = object.metadata;
  const parts = object as unknown as Readonly<Record<string, object | null | undefined>>;
  const given = [...ATOMIC, 'aggregationRule'].filter((name) => parts[name]);
  const shape = [...given, ...Object.keys(labels ?? {})].join(' ');
  let fields = known.get(shape);
  if (fields === undefined) {
    const { aggregationRule } = parts;
    fields = shared({
      ...(aggregationRule && { 'f:aggregationRule': all(aggregationRule) }),
      'f:metadata': { 'f:annotations': all(annotations), 'f:labels': all(labels) },
      ...Object.fromEntries(ATOMIC.filter((name) => parts[name]).map((name) => [`f:${name}`, {}])),
    });
    known.set(shape, fields);
  }
  return fields;
}

interface Parts {
  readonly store: Pick<Store<KubeObject>, 'snapshot'>;
  readonly heart: Pick<Heart, 'handle'>;
  readonly logger: Logger;
}

/** Gives an older cluster what its roles and bindings lack. Tells the log what it can't. */
export async function repairPolicy({ store, heart, logger }: Parts): Promise<void> {
  const snapshot = store.snapshot();
  for (const wanted of builtinPolicy()) {
    const existing = snapshot.get(keyOf(wanted))?.value;
    const repair = existing === undefined ? 'create' : repairOf(existing, wanted);
    try {
      await carryOut(heart, wanted, repair);
    } catch (error) {
      // Somebody else was faster, or is at work: the next start looks again.
      if (isStatusError(error, 'AlreadyExists', 'NotFound', 'Conflict')) continue;
      const { kind, metadata } = wanted;
      logger.warn('a role of the cluster could not be kept', { kind, name: metadata.name, error });
    }
  }
}

async function carryOut(
  heart: Pick<Heart, 'handle'>,
  wanted: PolicyObject,
  repair: Repair | 'create',
): Promise<void> {
  const { name = '', namespace } = wanted.metadata;
  const address = {
    ...parseApiVersion(wanted.apiVersion),
    plural: pluralOf(wanted.kind),
    ...(namespace && { namespace }),
    options: { fieldManager: MANAGER },
  };
  const send = (request: Omit<ApiRequest, keyof typeof address>) =>
    heart.handle({ ...address, ...request }, SYSTEM);
  if (repair === 'create') await send({ verb: 'create', body: wanted });
  else if (repair.type === 'update') await send({ verb: 'update', name, body: repair.object });
  else if (repair.type === 'recreate') {
    await send({ verb: 'delete', name });
    await send({ verb: 'create', body: wanted });
  }
}
