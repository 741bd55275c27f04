import { FieldPath } from '../../../machinery/field-path.ts';
import type { ObjectMeta } from '../../../machinery/object.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { quote } from '../../../machinery/quote.ts';
import { ipWarnings } from '../../../machinery/validation/addresses.ts';
import type {
  Container,
  ContainerPort,
  EphemeralContainer,
  NodeSelectorTerm,
  PodAffinity,
  PodSpec,
  Volume,
} from '../../generated/core/v1/types.ts';
import { claimSpecWarnings } from '../claim-warnings.ts';
import { nodeLabelWarning } from '../node-labels.ts';
import { APP_ARMOR_CONTAINER } from './annotation-rules.ts';
import { APP_ARMOR_IS_A_FIELD } from './app-armor.ts';
import { PAIRS_MAX, pathWarnings } from './path-warnings.ts';
import { containersWithPaths } from './windows-rules.ts';

interface PodLike {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec: PodSpec;
}

/** What is accepted in a pod, or in the template at `templatePath`, and shouldn't be done. */
export function podWarnings({ metadata, spec }: PodLike, templatePath?: string): string[] {
  const root = templatePath ? FieldPath.root.at(...templatePath.split('.')) : FieldPath.root;
  const path = root.at('spec');
  const annotations = metadata?.annotations;
  const containers = containersWithPaths(spec, path);
  const warnings = [
    ...schedulingWarnings(spec, path),
    ...(annotations ? annotationWarnings(annotations, root.at('metadata', 'annotations')) : []),
    ...(spec.volumes ?? []).flatMap((volume, i) =>
      volumeWarnings(volume, path.at('volumes').index(i)),
    ),
    ...pathWarnings(spec.volumes ?? []),
    ...repetitionWarnings(spec, path),
    ...fractionWarnings(spec.overhead, path.at('overhead')),
    ...seccompWarning(annotations, spec, root),
    ...containers.flatMap(([container, at]) => [
      ...profileWarnings(
        container,
        { spec, annotations, isTemplate: templatePath !== undefined },
        root,
      ),
      ...containerWarnings(container, at),
    ]),
    ...portWarnings(containers),
  ];
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const at = path.at('terminationGracePeriodSeconds');
    warnings.push(`${at}: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  return [...warnings, ...affinityWarnings(spec, path), ...addressWarnings(spec, path)];
}

function schedulingWarnings(spec: PodSpec, path: FieldPath): string[] {
  const warnings: string[] = [];
  for (const label in spec.nodeSelector) {
    const text = nodeLabelWarning(label);
    if (text) warnings.push(`${path.at('nodeSelector').key(label)}: ${text}`);
  }
  const affinity = spec.affinity?.nodeAffinity;
  const at = path.at('affinity', 'nodeAffinity');
  const must = at.at('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach(
    (term, i) => {
      warnings.push(...termWarnings(term, must.index(i)));
    },
  );
  const wish = at.at('preferredDuringSchedulingIgnoredDuringExecution');
  affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, i) => {
    warnings.push(...termWarnings(preference, wish.index(i).at('preference')));
  });
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, i) => {
    const spread = path.at('topologySpreadConstraints').index(i);
    const text = nodeLabelWarning(topologyKey);
    if (text) warnings.push(`${spread.at('topologyKey')}: ${topologyKey} is ${text}`);
    if (!labelSelector) warnings.push(selectsNothing(spread));
  });
  return warnings;
}

/** What to tell who selects nodes by labels that have other names now. */
export function termWarnings({ matchExpressions }: NodeSelectorTerm, path: FieldPath): string[] {
  return (matchExpressions ?? []).flatMap(({ key }, i) => {
    const text = nodeLabelWarning(key);
    const at = path.at('matchExpressions').index(i).at('key');
    return text ? [`${at}: ${key} is ${text}`] : [];
  });
}

const selectsNothing = (path: FieldPath): string =>
  `${path.at('labelSelector')}: a null labelSelector results in matching no pod`;

const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls':
    'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls':
    'non-functional in v1.11+; use the "sysctls" field instead',
};

const annotationWarnings = (
  annotations: Readonly<Record<string, string>>,
  path: FieldPath,
): string[] =>
  Object.entries(OLD_ANNOTATIONS)
    .filter(([key]) => annotations[key] !== undefined)
    .map(([key, text]) => `${path.key(key)}: ${text}`);

/** What to tell who uses a volume of a kind that is on its way out. */
export const OLD_VOLUMES: Partial<Record<keyof Volume, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

function volumeWarnings(volume: Volume, path: FieldPath): string[] {
  const warnings: string[] = [];
  for (const kind in volume) {
    const text = OLD_VOLUMES[kind as keyof Volume];
    const name = kind === 'storageos' ? 'storageOS' : kind;
    if (text) warnings.push(`${path.at(name)}: ${text}`);
  }
  const template = volume.ephemeral?.volumeClaimTemplate;
  if (template) {
    const at = path.at('ephemeral', 'volumeClaimTemplate', 'spec');
    warnings.push(...claimSpecWarnings(template.spec, at));
  }
  return warnings;
}

function repetitionWarnings(spec: PodSpec, path: FieldPath): string[] {
  const { hostAliases = [], imagePullSecrets = [] } = spec;
  const warnings: string[] = [];
  const [ips, names] = [new Set<string>(), new Set<string>()];
  hostAliases.forEach(({ ip }, i) => {
    if (!ips.has(ip)) ips.add(ip);
    else warnings.push(`${path.at('hostAliases').index(i).at('ip')}: duplicate ip ${quote(ip)}`);
  });
  const at = (i: number) => path.at('imagePullSecrets').index(i).at('name');
  imagePullSecrets.forEach(({ name = '' }, i) => {
    if (!names.has(name)) names.add(name);
    else warnings.push(`${at(i)}: duplicate name ${quote(name)}`);
  });
  imagePullSecrets.forEach(({ name }, i) => {
    if (!name) warnings.push(`${at(i)}: invalid empty name ""`);
  });
  return warnings;
}

function fractionWarnings(
  list: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
  names: readonly string[] = ['memory', 'ephemeral-storage'],
): string[] {
  return names.flatMap((name) => {
    const text = list?.[name];
    if (text === undefined || parseQuantity(text).isWhole) return [];
    return [
      `${path.key(name)}: fractional byte value ${quote(text)} is invalid, must be an integer`,
    ];
  });
}

interface Annotated {
  readonly spec: PodSpec;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly isTemplate: boolean;
}

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const SECCOMP_IS_A_FIELD = 'non-functional in v1.27+; use the "seccompProfile" field instead';

// Security profiles given by annotation alone: nothing reads those any more.
const seccompWarning = (
  annotations: Annotated['annotations'],
  { securityContext }: PodSpec,
  root: FieldPath,
): string[] =>
  annotations?.[SECCOMP_POD] === undefined || securityContext?.seccompProfile
    ? []
    : [`${root.at('metadata', 'annotations').key(SECCOMP_POD)}: ${SECCOMP_IS_A_FIELD}`];

function profileWarnings(
  { name, securityContext: own }: AnyContainer,
  { spec, annotations, isTemplate }: Annotated,
  root: FieldPath,
): string[] {
  if (!annotations) return [];
  const at = root.at('metadata', 'annotations');
  const warnings: string[] = [];
  const warn = (key: string, text: string, hasField: boolean) => {
    if (annotations[key] !== undefined && !hasField) warnings.push(`${at.key(key)}: ${text}`);
  };
  warn(SECCOMP_CONTAINER + name, SECCOMP_IS_A_FIELD, own?.seccompProfile !== undefined);
  if (!isTemplate) return warnings; // A pod's own is taken over as it is made.
  const hasProfile = (spec.securityContext?.appArmorProfile ?? own?.appArmorProfile) !== undefined;
  warn(APP_ARMOR_CONTAINER + name, APP_ARMOR_IS_A_FIELD, hasProfile);
  return warnings;
}

type AnyContainer = Container | EphemeralContainer;

function containerWarnings({ resources, env }: AnyContainer, path: FieldPath): string[] {
  const warnings = ['memory', 'ephemeral-storage'].flatMap((name) =>
    (['limits', 'requests'] as const).flatMap((side) =>
      fractionWarnings(resources?.[side], path.at('resources', side), [name]),
    ),
  );
  const seen = new Set<string>();
  env?.forEach(({ name, value = '', valueFrom }, i) => {
    const reference = `$(${name})`;
    // A second definition that builds on the first is fine, any other hides it.
    const builds = !valueFrom && value !== reference && value.includes(reference);
    if (seen.has(name) && !builds) {
      const hides = `hides previous definition of ${quote(name)}, which may be dropped when using apply`;
      warnings.push(`${path.at('env').index(i)}: ${hides}`);
    }
    seen.add(name);
  });
  return warnings;
}

function portWarnings(containers: readonly (readonly [AnyContainer, FieldPath])[]): string[] {
  const warnings: string[] = [];
  const seen = new Map<string, (readonly [ContainerPort, FieldPath])[]>();
  for (const [container, path] of containers) {
    container.ports?.forEach((port, i) => {
      const at = path.at('ports').index(i);
      if (port.hostIP && !port.hostPort) {
        warnings.push(`${at}: hostIP set without hostPort: ${portStruct(port)}`);
      }
      const key = `${port.containerPort}/${port.protocol}`;
      const others = seen.get(key) ?? [];
      for (const [other, otherPath] of warnings.length < PAIRS_MAX ? others : []) {
        const word = clashOf(port, other);
        if (word) warnings.push(`${at}: ${word} port definition with ${otherPath}`);
      }
      if (others.length < PAIRS_MAX) others.push([port, at]);
      seen.set(key, others);
    });
  }
  return warnings;
}

const portStruct = ({
  name = '',
  hostPort = 0,
  containerPort,
  protocol,
  hostIP = '',
}: ContainerPort) =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;

function clashOf(port: ContainerPort, other: ContainerPort): string | undefined {
  const [a, b] = [port.hostPort ?? 0, other.hostPort ?? 0];
  const [aIp, bIp] = [port.hostIP ?? '', other.hostIP ?? ''];
  if (a === b && aIp === bIp) return 'duplicate';
  if (a === 0 || b === 0) return 'overlapping';
  return a === b && (aIp === '' || bIp === '') ? 'dangerously ambiguous' : undefined;
}

function affinityWarnings({ affinity }: PodSpec, path: FieldPath): string[] {
  const at = path.at('affinity');
  return [
    ...podAffinityWarnings(affinity?.podAffinity, at.at('podAffinity')),
    ...podAffinityWarnings(affinity?.podAntiAffinity, at.at('podAntiAffinity')),
  ];
}

function podAffinityWarnings(affinity: PodAffinity | undefined, path: FieldPath): string[] {
  const warnings: string[] = [];
  const must = path.at('requiredDuringSchedulingIgnoredDuringExecution');
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.forEach(({ labelSelector }, i) => {
    if (!labelSelector) warnings.push(selectsNothing(must.index(i)));
  });
  const wish = path.at('preferredDuringSchedulingIgnoredDuringExecution');
  affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, i) => {
    if (!podAffinityTerm?.labelSelector) {
      warnings.push(selectsNothing(wish.index(i).at('podAffinityTerm')));
    }
  });
  return warnings;
}

function addressWarnings({ dnsConfig, hostAliases }: PodSpec, path: FieldPath): string[] {
  const servers = path.at('dnsConfig', 'nameservers');
  return [
    ...(dnsConfig?.nameservers ?? []).flatMap((ip, i) => ipWarnings(ip, servers.index(i))),
    ...(hostAliases ?? []).flatMap(({ ip }, i) =>
      ipWarnings(ip, path.at('hostAliases').index(i).at('ip')),
    ),
  ];
}
