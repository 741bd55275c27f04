import {
  APP_ARMOR_CONTAINER,
  SECCOMP_CONTAINER,
  SECCOMP_POD,
} from '../../../api/core-v1/pod/annotation-rules.ts';
import type { SELinuxOptions } from '../../../api/generated/core/v1/types.ts';
import { quote } from '../../../machinery/quote.ts';
import {
  type AnyContainer,
  type Check,
  containerNames,
  containersOf,
  type Subject,
  settersOf,
  unlessOwnUsers,
} from './check.ts';
import { plural, quoteList, sortedSet } from './words.ts';

const CAPABILITIES = new Set(
  'AUDIT_WRITE,CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,MKNOD,NET_BIND_SERVICE,SETFCAP,SETGID,SETPCAP,SETUID,SYS_CHROOT'.split(
    ',',
  ),
);

/** Sysctls that concern nobody but the pod, by the release that came to allow them. */
const SYSCTLS: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};

const SELINUX_TYPES: Readonly<Record<string, number>> = {
  '': 0,
  container_t: 0,
  container_init_t: 0,
  container_kvm_t: 0,
  container_engine_t: 31,
};

const isAllowed = (since: number | undefined, minor: number): boolean =>
  since !== undefined && minor >= since;

const appArmor: Check['find'] = (subject) => {
  const isBad = (type: string | undefined) =>
    type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  const podType = subject.spec.securityContext?.appArmorProfile?.type;
  const typeOf = ({ securityContext }: AnyContainer) => securityContext?.appArmorProfile?.type;
  const bad = containersOf(subject).filter((each) => isBad(typeOf(each)));
  const types = [...(isBad(podType) ? [podType!] : []), ...bad.map((each) => typeOf(each)!)];
  const annotations = badAnnotations(subject);
  const values = [...sortedSet(types), ...annotations];
  if (values.length === 0) return undefined;
  const setters = [
    ...settersOf(isBad(podType), bad),
    ...(annotations.length > 0 ? [plural(annotations.length, 'annotation', 'annotations')] : []),
  ].join(' and ');
  return {
    reason: plural(values.length, 'forbidden AppArmor profile', 'forbidden AppArmor profiles'),
    detail: `${setters} must not set AppArmor profile type to ${quoteList(values)}`,
  };
};

/** Profiles given as they were before they had a field. */
const badAnnotations = ({ annotations }: Subject): string[] =>
  Object.entries(annotations ?? {})
    .filter(([key, profile]) => key.startsWith(APP_ARMOR_CONTAINER) && !isConfining(profile))
    .map(([key, profile]) => `${key}=${quote(profile)}`)
    .sort();

const isConfining = (profile: string): boolean => profile === '' || isNamed(profile);

const isNamed = (profile: string): boolean =>
  profile === 'runtime/default' || profile.startsWith('localhost/');

const capabilities: Check['find'] = (subject) => {
  const added = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !CAPABILITIES.has(name));
  const bad = containersOf(subject).filter((each) => added(each).length > 0);
  if (bad.length === 0) return undefined;
  const names = quoteList(sortedSet(bad.flatMap(added)));
  const detail = `${containerNames(bad)} must not include ${names} in securityContext.capabilities.add`;
  return { reason: 'non-default capabilities', detail };
};

const hostNamespaces: Check['find'] = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name]);
  if (shared.length === 0) return undefined;
  return { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') };
};

const hostPaths: Check['find'] = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter(({ hostPath }) => hostPath);
  if (bad.length === 0) return undefined;
  const names = quoteList(bad.map(({ name }) => name));
  return {
    reason: 'hostPath volumes',
    detail: `${plural(bad.length, 'volume', 'volumes')} ${names}`,
  };
};

const hostPorts: Check['find'] = (subject) => {
  const used = ({ ports }: AnyContainer) =>
    (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [`${hostPort}`] : []));
  const bad = containersOf(subject).filter((each) => used(each).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sortedSet(bad.flatMap(used));
  const what = plural(ports.length, 'hostPort', 'hostPorts');
  const verb = plural(bad.length, 'uses', 'use');
  const detail = `${containerNames(bad)} ${verb} ${what} ${ports.join(', ')}`;
  return { reason: 'hostPort', detail };
};

const hostProbes: Check['find'] = (subject) => {
  const hosts = (container: AnyContainer) => {
    const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
    const handlers = [
      livenessProbe,
      readinessProbe,
      startupProbe,
      lifecycle?.postStart,
      lifecycle?.preStop,
    ];
    return handlers.flatMap((each) => each?.httpGet?.host || each?.tcpSocket?.host || []);
  };
  const bad = containersOf(subject).filter((each) => hosts(each).length > 0);
  if (bad.length === 0) return undefined;
  bad.sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = sortedSet(bad.flatMap(hosts));
  const reason = 'probe or lifecycle host';
  const what = plural(found.length, reason, `${reason}s`);
  const verb = plural(bad.length, 'uses', 'use');
  return { reason, detail: `${containerNames(bad)} ${verb} ${what} ${quoteList(found)}` };
};

const privileged: Check['find'] = (subject) => {
  const bad = containersOf(subject).filter(({ securityContext }) => securityContext?.privileged);
  if (bad.length === 0) return undefined;
  const detail = `${containerNames(bad)} must not set securityContext.privileged=true`;
  return { reason: 'privileged', detail };
};

export const procMount: Check['find'] = (subject) => {
  const mountOf = ({ securityContext }: AnyContainer) => securityContext?.procMount ?? 'Default';
  const bad = containersOf(subject).filter((each) => mountOf(each) !== 'Default');
  if (bad.length === 0) return undefined;
  const values = quoteList(sortedSet(bad.map(mountOf)));
  const detail = `${containerNames(bad)} must not set securityContext.procMount to ${values}`;
  return { reason: 'procMount', detail };
};

const seLinux: Check['find'] = (subject, minor) => {
  const isBad = (options: SELinuxOptions | undefined) =>
    options !== undefined &&
    (!isAllowed(SELINUX_TYPES[options.type ?? ''], minor) || !!options.user || !!options.role);
  const ofPod = subject.spec.securityContext?.seLinuxOptions;
  const bad = containersOf(subject).filter((each) => isBad(each.securityContext?.seLinuxOptions));
  const all = [
    ...(isBad(ofPod) ? [ofPod!] : []),
    ...bad.map(({ securityContext }) => securityContext!.seLinuxOptions!),
  ];
  if (all.length === 0) return undefined;
  const types = sortedSet(all.flatMap(({ type }) => type ?? [])).filter(
    (type) => !isAllowed(SELINUX_TYPES[type], minor),
  );
  const faults = [
    ...(types.length > 0 ? [`${plural(types.length, 'type', 'types')} ${quoteList(types)}`] : []),
    ...(all.some(({ user }) => user) ? ['user may not be set'] : []),
    ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
  ];
  const setters = settersOf(isBad(ofPod), bad).join(' and ');
  const detail = `${setters} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`;
  return { reason: 'seLinuxOptions', detail };
};

/** Who set a seccomp profile that confines nothing. */
export function badSeccomp(subject: Subject): string | undefined {
  const isBad = (type: string | undefined) =>
    type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  const podType = subject.spec.securityContext?.seccompProfile?.type;
  const typeOf = ({ securityContext }: AnyContainer) => securityContext?.seccompProfile?.type;
  const bad = containersOf(subject).filter((each) => isBad(typeOf(each)));
  const setters = settersOf(isBad(podType), bad);
  if (setters.length === 0) return undefined;
  const types = [...(isBad(podType) ? [podType!] : []), ...bad.map((each) => typeOf(each)!)];
  const values = quoteList(sortedSet(types));
  return `${setters.join(' and ')} must not set securityContext.seccompProfile.type to ${values}`;
}

/** Before this release, profiles had no field. */
const SECCOMP_FIELD = 19;

const seccomp: Check['find'] = (subject, minor) => {
  const detail = minor < SECCOMP_FIELD ? badSeccompAnnotations(subject) : badSeccomp(subject);
  return detail === undefined ? undefined : { reason: 'seccompProfile', detail };
};

function badSeccompAnnotations(subject: Subject): string | undefined {
  const { annotations = {} } = subject;
  const keys = [SECCOMP_POD, ...containersOf(subject).map(({ name }) => SECCOMP_CONTAINER + name)];
  const bad = keys.flatMap((key) => {
    const profile = annotations[key];
    const isFine = profile === undefined || profile === 'docker/default' || isNamed(profile);
    return isFine ? [] : [`${key}=${quote(profile)}`];
  });
  if (bad.length === 0) return undefined;
  return `forbidden ${plural(bad.length, 'annotation', 'annotations')} ${sortedSet(bad).join(', ')}`;
}

const sysctls: Check['find'] = ({ spec }, minor) => {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
  const bad = names.filter((name) => !isAllowed(SYSCTLS[name], minor));
  return bad.length > 0 ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined;
};

const windowsHostProcess: Check['find'] = (subject) => {
  const bad = containersOf(subject).filter(
    ({ securityContext }) => securityContext?.windowsOptions?.hostProcess,
  );
  const isPod = subject.spec.securityContext?.windowsOptions?.hostProcess === true;
  const setters = settersOf(isPod, bad);
  if (setters.length === 0) return undefined;
  const what = 'must not set securityContext.windowsOptions.hostProcess=true';
  return { reason: 'hostProcess', detail: `${setters.join(' and ')} ${what}` };
};

/** What every pod should leave alone, in the order in which messages tell of it. */
export const BASELINE: readonly Check[] = [
  { id: 'appArmorProfile', since: 0, find: appArmor },
  { id: 'capabilities_baseline', since: 0, find: capabilities },
  { id: 'hostNamespaces', since: 0, find: hostNamespaces },
  { id: 'hostPathVolumes', since: 0, find: hostPaths },
  { id: 'hostPorts', since: 0, find: hostPorts },
  { id: 'hostProbesAndHostLifecycle', since: 34, find: hostProbes },
  { id: 'privileged', since: 0, find: privileged },
  { id: 'procMount', since: 0, find: unlessOwnUsers(procMount) },
  { id: 'seLinuxOptions', since: 0, find: seLinux },
  { id: 'seccompProfile_baseline', since: 0, find: seccomp },
  { id: 'sysctls', since: 0, find: sysctls },
  { id: 'windowsHostProcess', since: 0, find: windowsHostProcess },
];
