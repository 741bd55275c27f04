import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import { sortedByKey } from '../../../machinery/quote.ts';
import type { MessageShape } from '../../../machinery/shape.ts';
import { podTemplates } from '../../generated/core/v1/resources.ts';
import type { PodSpec, PodTemplateSpec } from '../../generated/core/v1/types.ts';
import { goStruct } from '../../go-struct.ts';
import { shapeOf } from '../../shapes.ts';

type Fields = Record<string, unknown>;

// What stands elsewhere inside of Kubernetes than in the published kind.
const SHARED_WITH_NODE = [
  'HostNetwork',
  'HostPID',
  'HostIPC',
  'ShareProcessNamespace',
  'HostUsers',
] as const;

/** Members that stand somewhere else: each right before the other. */
const MOVED: readonly (readonly [member: string, before: string])[] = [
  ['SetHostnameAsFQDN', 'Affinity'],
  ['PreemptionPolicy', 'DNSConfig'],
  ['Overhead', 'EnableServiceLinks'],
];

/** A pod's spec as messages show it. */
export function podSpecStruct(spec: PodSpec): object {
  const { ServiceAccount: _, ...all } = goStruct(podSpecShape(), spec) as Fields;
  const security = all.SecurityContext as Fields | null;
  const shared: Fields = {};
  for (const member of SHARED_WITH_NODE) {
    shared[member] = all[member];
    delete all[member];
  }
  if (security) {
    all.SecurityContext = moved({ ...shared, ...security }, 'FSGroupChangePolicy', 'Sysctls');
  }
  return MOVED.reduce((struct, [member, before]) => moved(struct, member, before), all);
}

/** A pod's template as messages show it: what its metadata says stands beside the spec. */
export function podTemplateStruct({ metadata, spec }: PodTemplateSpec): object {
  const shape = partOf(podTemplateShape(), 'metadata');
  const said = shape.fields.flatMap(({ name, container }) => {
    const value = (metadata as Fields | undefined)?.[name];
    if (isSemanticallyEqual(value, undefined)) return [];
    return [[name, container === 'map' ? sortedByKey(value as Fields) : value] as const];
  });
  return { ...Object.fromEntries(said), Spec: podSpecStruct(spec) };
}

/** What a toleration consists of. */
export const tolerationShape = (): MessageShape => partOf(podSpecShape(), 'tolerations');

const podSpecShape = (): MessageShape => partOf(podTemplateShape(), 'spec');

const podTemplateShape = (): MessageShape => partOf(shapeOf(podTemplates), 'template');

const partOf = (shape: MessageShape, field: string): MessageShape =>
  shape.fieldsByName.get(field)!.type as MessageShape;

function moved(struct: Fields, member: string, before: string): Fields {
  const rest = Object.entries(struct).filter(([name]) => name !== member);
  const at = rest.findIndex(([name]) => name === before);
  return Object.fromEntries(rest.toSpliced(at, 0, [member, struct[member]]));
}
