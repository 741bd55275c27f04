import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { invalidFor } from '../../../machinery/validation/labels.ts';
import { checkGroupId, checkUserId } from '../../../machinery/validation/values.ts';
import { validateEach, validateOptionalChoice } from '../../checks.ts';
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from '../../generated/core/v1/types.ts';
import { validateDescendingPath } from './path-rules.ts';
import { containersWithPaths, validateWindowsOptions } from './windows-rules.ts';

/** Who a container runs as, and what it may do. */
export function validateContainerSecurity(
  context: SecurityContext,
  hostUsers: boolean,
  path: FieldPath,
): FieldError[] {
  const { procMount } = context;
  const errors = validateIdentity(context, path);
  if (procMount !== undefined) {
    const at = path.at('procMount');
    errors.push(...validateOptionalChoice(procMount, ['Default', 'Unmasked'], at));
    if (hostUsers && procMount === 'Unmasked') {
      errors.push(invalid(at, procMount, '`hostUsers` must be false to use `Unmasked`'));
    }
  }
  if (context.seccompProfile) {
    errors.push(...validateSeccomp(context.seccompProfile, path.at('seccompProfile')));
  }
  errors.push(...validateEscalation(context, path));
  return [...errors, ...validateProfiles(context, path)];
}

// A container that may become anything isn't held back by a promise not to.
function validateEscalation(context: SecurityContext, path: FieldPath): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const errors: FieldError[] = [];
  const refuse = (what: string) => {
    const detail = `cannot set \`allowPrivilegeEscalation\` to false and ${what}`;
    errors.push(invalid(path, structOf(context), detail));
  };
  if (context.privileged) refuse('`privileged` to true');
  for (const capability of context.capabilities?.add ?? []) {
    if (capability === 'CAP_SYS_ADMIN') refuse('`capabilities.Add` CAP_SYS_ADMIN');
  }
  return errors;
}

/** The context as messages show it: every field, named as in the server's memory. */
function structOf(context: SecurityContext): Record<string, unknown> {
  const { capabilities, seLinuxOptions: se, windowsOptions: windows } = context;
  const { seccompProfile: seccomp, appArmorProfile: appArmor } = context;
  return {
    Capabilities: capabilities
      ? { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null }
      : null,
    Privileged: context.privileged ?? null,
    SELinuxOptions: se
      ? { User: se.user ?? '', Role: se.role ?? '', Type: se.type ?? '', Level: se.level ?? '' }
      : null,
    WindowsOptions: windows
      ? {
          GMSACredentialSpecName: windows.gmsaCredentialSpecName ?? null,
          GMSACredentialSpec: windows.gmsaCredentialSpec ?? null,
          RunAsUserName: windows.runAsUserName ?? null,
          HostProcess: windows.hostProcess ?? null,
        }
      : null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: seccomp ? profileStruct(seccomp) : null,
    AppArmorProfile: appArmor ? profileStruct(appArmor) : null,
  };
}

const profileStruct = ({ type, localhostProfile }: SeccompProfile | AppArmorProfile): object => ({
  Type: type,
  LocalhostProfile: localhostProfile ?? null,
});

function validateIdentity(
  { runAsUser, runAsGroup }: Pick<SecurityContext, 'runAsUser' | 'runAsGroup'>,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (runAsUser !== undefined) {
    errors.push(...invalidFor(checkUserId(runAsUser), runAsUser, path.at('runAsUser')));
  }
  if (runAsGroup !== undefined) {
    errors.push(...invalidFor(checkGroupId(runAsGroup), runAsGroup, path.at('runAsGroup')));
  }
  return errors;
}

function validateProfiles(
  context: Pick<SecurityContext, 'windowsOptions' | 'appArmorProfile'>,
  path: FieldPath,
): FieldError[] {
  const { windowsOptions, appArmorProfile } = context;
  const errors: FieldError[] = [];
  if (windowsOptions) {
    errors.push(...validateWindowsOptions(windowsOptions, path.at('windowsOptions')));
  }
  if (appArmorProfile) {
    errors.push(...validateAppArmor(appArmorProfile, path.at('appArmorProfile')));
  }
  return errors;
}

/** Who the containers of a pod run as unless they say otherwise, and what holds for all of them. */
export function validatePodSecurity(spec: PodSpec, path: FieldPath): FieldError[] {
  const { securityContext: context } = spec;
  if (!context) return [];
  const errors: FieldError[] = [];
  if (context.fsGroup !== undefined) {
    errors.push(...invalidFor(checkGroupId(context.fsGroup), context.fsGroup, path.at('fsGroup')));
  }
  errors.push(...validateIdentity(context, path));
  errors.push(
    ...validateEach(context.supplementalGroups, path.at('supplementalGroups'), (id, at) =>
      invalidFor(checkGroupId(id), id, at),
    ),
  );
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid(path.at('shareProcessNamespace'), true, detail));
  }
  if (context.sysctls) errors.push(...validateSysctls(spec, path.at('sysctls')));
  errors.push(...validatePodPolicies(context, path));
  return errors;
}

function validatePodPolicies(context: PodSecurityContext, path: FieldPath): FieldError[] {
  const choice = (
    field: 'fsGroupChangePolicy' | 'supplementalGroupsPolicy' | 'seLinuxChangePolicy',
    supported: readonly string[],
  ) => validateOptionalChoice(context[field], supported, path.at(field));
  return [
    ...choice('fsGroupChangePolicy', ['Always', 'OnRootMismatch']),
    ...(context.seccompProfile
      ? validateSeccomp(context.seccompProfile, path.at('seccompProfile'))
      : []),
    ...validateProfiles(context, path),
    ...choice('supplementalGroupsPolicy', ['Merge', 'Strict']),
    ...choice('seLinuxChangePolicy', ['MountOption', 'Recursive']),
  ];
}

const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const SYSCTL_REGEX = new RegExp(SYSCTL);
const SYSCTL_MAX_LENGTH = 253;

const isSysctl = (name: string): boolean =>
  name.length <= SYSCTL_MAX_LENGTH && SYSCTL_REGEX.test(name);

function validateSysctls(spec: PodSpec, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return validateEach(spec.securityContext?.sysctls, path, ({ name }, indexPath) => {
    const at = indexPath.at('name');
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at));
    else if (!isSysctl(name)) {
      const detail = `must have at most ${SYSCTL_MAX_LENGTH} characters and match regex ${SYSCTL}`;
      errors.push(invalid(at, name, detail));
    } else if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    const shared = sharedNamespace(name ?? '', spec);
    if (shared) {
      errors.push(invalid(at, name, `may not be specified when '${shared}' is true`));
    }
    return errors;
  });
}

const IPC_SYSCTL = /^(kernel\.(sem$|shm|msg)|fs\.mqueue\.)/;

/** Which of the host's namespaces the pod would change, if it would. */
function sharedNamespace(sysctl: string, spec: PodSpec): string | undefined {
  const name = sysctl.replaceAll('/', '.');
  if (spec.hostNetwork && name.startsWith('net.')) return 'hostNetwork';
  if (spec.hostIPC && IPC_SYSCTL.test(name)) return 'hostIPC';
  return undefined;
}

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateSeccomp(profile: SeccompProfile, path: FieldPath): FieldError[] {
  const { type, localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (!type) errors.push(required(path.at('type'), 'type is required when seccompProfile is set'));
  else if (!PROFILE_TYPES.includes(type)) {
    errors.push(notSupported(path.at('type'), type, PROFILE_TYPES));
  }
  const at = path.at('localhostProfile');
  if (type !== 'Localhost') {
    if (localhostProfile === undefined) return errors;
    const detail = 'can only be set when seccomp type is Localhost';
    return [...errors, invalid(at, profileStruct(profile), detail)];
  }
  if (localhostProfile === undefined) {
    return [...errors, required(at, 'must be set when seccomp type is Localhost')];
  }
  return [...errors, ...validateDescendingPath(localhostProfile, at)];
}

const APP_ARMOR_MAX_BYTES = 4095; // The longest path, without its end.

function validateAppArmor(
  { type, localhostProfile }: AppArmorProfile,
  path: FieldPath,
): FieldError[] {
  const at = path.at('localhostProfile');
  if (type === 'Localhost') return validateAppArmorFile(localhostProfile, at);
  if (!type) return [required(path.at('type'), 'type is required when appArmorProfile is set')];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(path.at('type'), type, PROFILE_TYPES)];
  if (localhostProfile === undefined) return [];
  return [invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost')];
}

function validateAppArmorFile(file: string | undefined, path: FieldPath): FieldError[] {
  const missing = required(path, 'must be set when AppArmor type is Localhost');
  if (file === undefined) return [missing];
  const errors: FieldError[] = [];
  if (file.trim() !== file) {
    errors.push(invalid(path, file, 'must not be padded with whitespace'));
  } else if (file === '') errors.push(missing);
  if (Buffer.byteLength(file) > APP_ARMOR_MAX_BYTES)
    errors.push(tooLong(path, APP_ARMOR_MAX_BYTES));
  return errors;
}

/** Users of the pod that aren't the host's go with none of the host's namespaces and devices. */
export function validateHostUsers(spec: PodSpec, path: FieldPath): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const shared = [
    ...(spec.hostNetwork ? ['hostNetwork'] : []),
    ...(spec.hostPID ? ['HostPID'] : []),
    ...(spec.hostIPC ? ['HostIPC'] : []),
  ];
  const devices = containersWithPaths(spec, path).filter(
    ([{ volumeDevices }]) => (volumeDevices ?? []).length > 0,
  );
  return [
    ...shared.map((field) => path.at(field)),
    ...devices.map(([, at]) => at.at('volumeDevices')),
  ].map((at) => forbiddenField(at, 'when `hostUsers` is false'));
}
