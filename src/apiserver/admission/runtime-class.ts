import type { Pod, Toleration } from '../../api/generated/core/v1/types.ts';
import type { RuntimeClass } from '../../api/generated/node/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { forbidden } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { isPodCreate } from './pods.ts';

const PREFIX = '/registry/node.k8s.io/runtimeclasses/';
const PODS = { group: '', plural: 'pods' };

type Amounts = Readonly<Record<string, string>>;

/** Pods cost what their runtime class costs, and run where it can (KEP-688). */
export const runtimeClass = (store: Store<KubeObject>): AdmissionPlugin => ({
  name: 'RuntimeClass',
  admit(attributes) {
    if (!isPodCreate(attributes)) return;
    const found = classOf(store, attributes);
    if (!found) return;
    setOverhead(attributes, found);
    setScheduling(attributes, found);
  },
  validate(attributes) {
    if (!isPodCreate(attributes)) return;
    const overhead = classOf(store, attributes)?.overhead;
    const own = (attributes.object as Pod).spec.overhead ?? {};
    if (overhead) {
      if (!sameAmounts(overhead.podFixed ?? {}, own)) throw refuse(attributes, OTHER_OVERHEAD);
    } else if (Object.keys(own).length > 0) {
      const why = 'Pod Overhead set without corresponding RuntimeClass defined Overhead';
      throw refuse(attributes, `pod rejected: ${why}`);
    }
  },
});

const OTHER_OVERHEAD = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

const refuse = ({ name }: AdmissionAttributes, why: string) => forbidden(PODS, name, why);

function classOf(
  store: Store<KubeObject>,
  attributes: AdmissionAttributes,
): RuntimeClass | undefined {
  const { runtimeClassName: name } = (attributes.object as Pod).spec;
  if (name === undefined) return undefined;
  const found = store.snapshot().get(PREFIX + name)?.value as RuntimeClass | undefined;
  if (found) return found;
  throw refuse(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
}

function setOverhead(attributes: AdmissionAttributes, { overhead }: RuntimeClass): void {
  if (!overhead) return;
  const { spec } = attributes.object as Draft<Pod>;
  const cost = overhead.podFixed ?? {};
  const isSaid = Object.keys(spec.overhead ?? {}).length > 0;
  if (isSaid && !sameAmounts(cost, spec.overhead ?? {})) throw refuse(attributes, OTHER_OVERHEAD);
  if (overhead.podFixed) spec.overhead = { ...cost };
}

function sameAmounts(a: Amounts, b: Amounts): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const other = b[name];
    return other !== undefined && parseQuantity(other).compare(parseQuantity(a[name]!)) === 0;
  });
}

function setScheduling(attributes: AdmissionAttributes, { scheduling }: RuntimeClass): void {
  if (!scheduling) return;
  const { spec } = attributes.object as Draft<Pod>;
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own === undefined || own === value) continue;
    const there = `runtimeClass.scheduling.nodeSelector[${key}] = ${value}`;
    throw refuse(attributes, `conflict: ${there}; pod.spec.nodeSelector[${key}] = ${own}`);
  }
  if (scheduling.nodeSelector) {
    spec.nodeSelector = { ...spec.nodeSelector, ...scheduling.nodeSelector };
  }
  const merged = mergeTolerations([...(spec.tolerations ?? []), ...(scheduling.tolerations ?? [])]);
  if (merged.length > 0) spec.tolerations = merged as Draft<Toleration>[];
}

/** Leaves out those that another one says already; of equal ones the first stays. */
function mergeTolerations(all: readonly Toleration[]): Toleration[] {
  const merged: Toleration[] = [];
  for (const [i, each] of all.entries()) {
    if (merged.some((other) => covers(other, each))) continue;
    const later = all.slice(i + 1);
    if (later.some((other) => !isEqual(other, each) && covers(other, each))) continue;
    merged.push(each);
  }
  return merged;
}

/** Whether the one tolerates all that the other does. */
function covers(one: Toleration, other: Toleration): boolean {
  if (isEqual(one, other)) return true;
  const isForAnyKey = !one.key && one.operator === 'Exists';
  if ((one.key ?? '') !== (other.key ?? '') && !isForAnyKey) return false;
  if (one.effect && one.effect !== other.effect) return false;
  if (one.effect === 'NoExecute' && one.tolerationSeconds !== undefined) {
    const { tolerationSeconds: seconds } = other;
    if (seconds === undefined || seconds > one.tolerationSeconds) return false;
  }
  if (one.operator === 'Exists') return true;
  if ((one.operator || 'Equal') !== 'Equal' || (other.operator || 'Equal') !== 'Equal')
    return false;
  return (one.value ?? '') === (other.value ?? '');
}
