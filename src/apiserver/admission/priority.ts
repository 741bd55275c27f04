import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { PriorityClass } from '../../api/generated/scheduling/v1/types.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { forbidden } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { listingOf } from './listing.ts';
import { isPod, isPodCreate } from './pods.ts';

const PODS = { group: '', plural: 'pods' };
const PREFIX = '/registry/scheduling.k8s.io/priorityclasses/';
const CLASSES = { group: 'scheduling.k8s.io', plural: 'priorityclasses' };
const SYSTEM_PREFIX = 'system-';

/** Gives pods the priority of their class, or of the one that is the default, or none. */
export function priorityAdmission(store: Store<KubeObject>): AdmissionPlugin {
  const list = listingOf<PriorityClass>(store);
  const standard = () => standardOf(list(PREFIX));
  return {
    name: 'Priority',
    admit(attributes) {
      if (isPodCreate(attributes)) setPriority(store, standard, attributes);
      else if (attributes.operation === 'UPDATE' && isPod(attributes)) keepPriority(attributes);
      else refuseSystemDelete(attributes);
    },
    validate(attributes) {
      if (isClassWrite(attributes)) refuseSecondDefault(standard(), attributes);
    },
  };
}

function setPriority(
  store: Store<KubeObject>,
  standard: () => PriorityClass | undefined,
  { object, name }: AdmissionAttributes,
): void {
  const { spec } = object as Draft<Pod>;
  const found = spec.priorityClassName ? named(store, spec.priorityClassName) : standard();
  if (spec.priorityClassName && found === undefined) {
    throw forbidden(PODS, name, `no PriorityClass with name ${spec.priorityClassName} was found`);
  }
  if (found !== undefined) spec.priorityClassName = found.metadata.name;
  const priority = found?.value ?? 0;
  if (spec.priority !== undefined && spec.priority !== priority) {
    const detail = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`;
    throw forbidden(PODS, name, detail);
  }
  spec.priority = priority;
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const detail = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`;
    throw forbidden(PODS, name, detail);
  }
  spec.preemptionPolicy = policy;
}

const isClassWrite = ({ operation, definition, subresource }: AdmissionAttributes): boolean =>
  (operation === 'CREATE' || operation === 'UPDATE') &&
  definition.plural === CLASSES.plural &&
  definition.group === CLASSES.group &&
  subresource === undefined;

function refuseSecondDefault(
  standard: PriorityClass | undefined,
  { operation, object, name }: AdmissionAttributes,
): void {
  if (!(object as PriorityClass).globalDefault || standard === undefined) return;
  if (operation === 'UPDATE' && standard.metadata.name === name) return;
  const taken = `PriorityClass ${standard.metadata.name} is already marked as default`;
  throw forbidden(CLASSES, name, `${taken}. Only one default can exist`);
}

/** A PUT may leave out what admission once set. */
function keepPriority({ object, oldObject }: AdmissionAttributes): void {
  const [next, previous] = [(object as Draft<Pod>).spec, (oldObject as Pod).spec];
  if (next === undefined || previous === undefined) return;
  next.priority ??= previous.priority;
  next.preemptionPolicy ??= previous.preemptionPolicy;
}

function refuseSystemDelete({ operation, definition, name }: AdmissionAttributes): void {
  if (operation !== 'DELETE' || definition.group !== CLASSES.group) return;
  if (definition.plural !== CLASSES.plural || !name.startsWith(SYSTEM_PREFIX)) return;
  throw forbidden(CLASSES, name, 'this is a system priority class and cannot be deleted');
}

const named = (store: Store<KubeObject>, name: string): PriorityClass | undefined =>
  store.latest(PREFIX + name)?.value as PriorityClass | undefined;

/** The class of pods that name none: of several defaults the lowest. */
function standardOf(classes: readonly PriorityClass[]): PriorityClass | undefined {
  const defaults = classes.filter(({ globalDefault }) => globalDefault);
  return defaults.sort((a, b) => a.value - b.value)[0];
}
