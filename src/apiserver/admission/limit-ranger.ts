import { containersNeed } from '../../api/core-v1/pod/effective-resources.ts';
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
} from '../../api/generated/core/v1/types.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { forbidden } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { atLeast, atMost, type Demand, notAbove, ratioAtMost } from './limit-rules.ts';
import { listingOf } from './listing.ts';
import { isPod, isPodCreate } from './pods.ts';

const PREFIX = '/registry/limitranges/';
const ANNOTATION = 'kubernetes.io/limit-ranger';

type Amounts = Readonly<Record<string, string>>;

/** Gives containers what their namespace says they need by default, and refuses what is beyond. */
export function limitRanger(store: Store<KubeObject>): AdmissionPlugin {
  const list = listingOf<LimitRange>(store);
  return {
    name: 'LimitRanger',
    admit(attributes) {
      if (!isPodCreate(attributes)) return;
      const ranges = rangesOf(list, attributes);
      for (const { spec } of ranges)
        setDefaults(attributes.object as Draft<Pod>, spec.limits ?? []);
    },
    validate(attributes) {
      const faultsIn = faultFinder(attributes);
      if (faultsIn === undefined) return;
      for (const { spec } of rangesOf(list, attributes)) {
        const faults = [...new Set((spec.limits ?? []).flatMap(faultsIn))];
        if (faults.length === 0) continue;
        const text = faults.length === 1 ? faults[0]! : `[${faults.join(', ')}]`;
        throw forbidden(attributes.definition, attributes.name, text);
      }
    },
  };
}

type List = (prefix: string) => readonly LimitRange[];

const rangesOf = (list: List, { namespace, object }: AdmissionAttributes): readonly LimitRange[] =>
  object?.metadata.deletionTimestamp === undefined ? list(`${PREFIX}${namespace}/`) : [];

/** What of an object a limit applies to; undefined when none ever does. */
function faultFinder(
  attributes: AdmissionAttributes,
): ((limit: LimitRangeItem) => string[]) | undefined {
  const { definition, operation, subresource, object } = attributes;
  const isResize = isPod(attributes) && subresource === 'resize' && operation === 'UPDATE';
  if (isPodCreate(attributes) || isResize) return (limit) => faultsOfPod(object as Pod, limit);
  const isClaim = definition.group === '' && definition.plural === 'persistentvolumeclaims';
  if (!isClaim || subresource !== undefined || operation === 'DELETE') return undefined;
  return (limit) => faultsOfClaim(object as PersistentVolumeClaim, limit);
}

function faultsOfPod({ spec }: Pod, limit: LimitRangeItem): string[] {
  const { containers, initContainers = [], resources } = spec;
  if (limit.type === 'Container') {
    return [...containers, ...initContainers].flatMap(({ resources: own }) =>
      faultsOf({ requests: own?.requests ?? {}, limits: own?.limits ?? {} }, limit),
    );
  }
  if (limit.type !== 'Pod') return [];
  const total = (side: 'requests' | 'limits'): Amounts => {
    const sums = [...containersNeed(spec, side)].map(([name, sum]) => [name, sum.toString()]);
    return { ...Object.fromEntries(sums), ...resources?.[side] };
  };
  return faultsOf({ requests: total('requests'), limits: total('limits') }, limit);
}

const faultsOf = (demand: Demand, { type, min, max, maxLimitRequestRatio }: LimitRangeItem) => [
  ...each(min, (name, amount) => atLeast(demand, { type, name, amount })),
  ...each(max, (name, amount) => atMost(demand, { type, name, amount })),
  ...each(maxLimitRequestRatio, (name, amount) => ratioAtMost(demand, { type, name, amount })),
];

function faultsOfClaim({ spec }: PersistentVolumeClaim, limit: LimitRangeItem): string[] {
  const { type, min, max } = limit;
  if (type !== 'PersistentVolumeClaim') return [];
  const demand = { requests: spec.resources?.requests ?? {}, limits: {} };
  return [
    ...each(min, (name, amount) => atLeast(demand, { type, name, amount })),
    ...each(max, (name, amount) => notAbove(demand, { type, name, amount })),
  ];
}

const each = (
  amounts: Amounts | undefined,
  check: (name: string, amount: string) => string | undefined,
): string[] =>
  Object.keys(amounts ?? {})
    .sort()
    .flatMap((name) => check(name, amounts?.[name] ?? '0') ?? []);

/** Fills in what containers leave open, and notes on the pod that it was done. */
function setDefaults(pod: Draft<Pod>, limits: readonly LimitRangeItem[]): void {
  const ofContainers = limits.filter(({ type }) => type === 'Container');
  const wanted = {
    requests: Object.assign({}, ...ofContainers.map(({ defaultRequest }) => defaultRequest)),
    limits: Object.assign({}, ...ofContainers.map((limit) => limit.default)),
  };
  const notes = [
    ...(pod.spec.containers ?? []).flatMap((each) => fillIn(each, wanted, 'container')),
    ...(pod.spec.initContainers ?? []).flatMap((each) => fillIn(each, wanted, 'init container')),
  ];
  if (notes.length === 0) return;
  const note = `LimitRanger plugin set: ${notes.join('; ')}`;
  pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: note };
}

function fillIn(
  container: Draft<Container>,
  wanted: Readonly<Record<'requests' | 'limits', Amounts>>,
  role: string,
): string[] {
  return (['requests', 'limits'] as const).flatMap((side) => {
    const given = container.resources?.[side] ?? {};
    const missing = Object.keys(wanted[side]).filter((name) => !(name in given));
    if (missing.length === 0) return [];
    const added = Object.fromEntries(missing.map((name) => [name, wanted[side][name]!]));
    container.resources = { ...container.resources, [side]: { ...given, ...added } };
    return [`${missing.sort().join(', ')} ${side.slice(0, -1)} for ${role} ${container.name}`];
  });
}
