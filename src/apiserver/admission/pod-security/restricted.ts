import { badSeccomp, procMount } from './baseline.ts';
import {
  type AnyContainer,
  type Check,
  containerNames,
  containersOf,
  isWindows,
  OWN_USERS_SPARED,
  settersOf,
  unlessOwnUsers,
} from './check.ts';
import { plural, quoteList, sortedSet } from './words.ts';

/** From this release on, pods of Windows are spared what Windows doesn't have. */
const WINDOWS_SPARED = 25;
const VOLUMES = new Set(
  'configMap,csi,downwardAPI,emptyDir,ephemeral,image,persistentVolumeClaim,projected,secret'.split(
    ',',
  ),
);

const unlessWindows =
  (find: Check['find']): Check['find'] =>
  (subject, minor) =>
    minor >= WINDOWS_SPARED && isWindows(subject) ? undefined : find(subject, minor);

const allowPrivilegeEscalation: Check['find'] = (subject) => {
  const bad = containersOf(subject).filter(
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  );
  if (bad.length === 0) return undefined;
  const detail = `${containerNames(bad)} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: 'allowPrivilegeEscalation != false', detail };
};

const capabilities: Check['find'] = (subject) => {
  const added = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const undropped = containersOf(subject).filter(
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'),
  );
  const adding = containersOf(subject).filter((each) => added(each).length > 0);
  const names = quoteList(sortedSet(adding.flatMap(added)));
  const details = [
    ...(undropped.length > 0
      ? [`${containerNames(undropped)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [`${containerNames(adding)} must not include ${names} in securityContext.capabilities.add`]
      : []),
  ];
  if (details.length === 0) return undefined;
  return { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const volumes: Check['find'] = ({ spec }) => {
  const typeOf = (volume: object) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUMES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map(typeOf));
  const names = quoteList(bad.map(({ name }) => name));
  const detail = [
    `${plural(bad.length, 'volume', 'volumes')} ${names} ${plural(bad.length, 'uses', 'use')}`,
    `restricted volume ${plural(types.length, 'type', 'types')} ${quoteList(types)}`,
  ].join(' ');
  return { reason: 'restricted volume types', detail };
};

const runAsNonRoot: Check['find'] = (subject) => {
  const ofPod = subject.spec.securityContext?.runAsNonRoot;
  const said = ({ securityContext }: AnyContainer) => securityContext?.runAsNonRoot;
  const root = containersOf(subject).filter((each) => said(each) === false);
  const silent = containersOf(subject).filter((each) => said(each) === undefined);
  const reason = 'runAsNonRoot != true';
  const setters = settersOf(ofPod === false, root);
  if (setters.length > 0) {
    const what = 'must not set securityContext.runAsNonRoot=false';
    return { reason, detail: `${setters.join(' and ')} ${what}` };
  }
  if (ofPod || silent.length === 0) return undefined;
  const detail = `pod or ${containerNames(silent)} must set securityContext.runAsNonRoot=true`;
  return { reason, detail };
};

const runAsUser: Check['find'] = (subject) => {
  const bad = containersOf(subject).filter(
    ({ securityContext }) => securityContext?.runAsUser === 0,
  );
  const setters = settersOf(subject.spec.securityContext?.runAsUser === 0, bad);
  if (setters.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${setters.join(' and ')} must not set runAsUser=0` };
};

const seccomp: Check['find'] = (subject) => {
  const reason = 'seccompProfile';
  const explicit = badSeccomp(subject);
  if (explicit !== undefined) return { reason, detail: explicit };
  if (subject.spec.securityContext?.seccompProfile !== undefined) return undefined;
  const silent = containersOf(subject).filter(
    ({ securityContext }) => securityContext?.seccompProfile === undefined,
  );
  if (silent.length === 0) return undefined;
  const what = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason, detail: `pod or ${containerNames(silent)} ${what}` };
};

/** What hardened pods do beyond that, in the order in which messages tell of it. */
export const RESTRICTED: readonly Check[] = [
  { id: 'allowPrivilegeEscalation', since: 8, find: unlessWindows(allowPrivilegeEscalation) },
  {
    id: 'capabilities_restricted',
    since: 22,
    overrides: 'capabilities_baseline',
    find: unlessWindows(capabilities),
  },
  { id: 'procMount_restricted', since: OWN_USERS_SPARED, overrides: 'procMount', find: procMount },
  { id: 'restrictedVolumes', since: 0, overrides: 'hostPathVolumes', find: volumes },
  { id: 'runAsNonRoot', since: 0, find: unlessOwnUsers(runAsNonRoot) },
  { id: 'runAsUser', since: 23, find: unlessOwnUsers(runAsUser) },
  {
    id: 'seccompProfile_restricted',
    since: 19,
    overrides: 'seccompProfile_baseline',
    find: unlessWindows(seccomp),
  },
];
