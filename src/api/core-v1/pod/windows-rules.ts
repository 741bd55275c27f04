import { type FieldError, forbiddenField, invalid } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { checkDns1123Subdomain } from '../../../machinery/validation/names.ts';
import type {
  Container,
  EphemeralContainer,
  PodSpec,
  WindowsSecurityContextOptions,
} from '../../generated/core/v1/types.ts';

const CREDENTIAL_SPEC_MAX_KIB = 64;
const DOMAIN_MAX_LENGTH = 256;
const USER_MAX_LENGTH = 104;

const CONTROL_CHARACTER = /\p{Cc}/u;
const NET_BIOS_NAME = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
const FORBIDDEN_IN_USER = /["/\\:;|=,+*?<>@[\]]/;

/** What only Windows knows of who a container runs as. */
export function validateWindowsOptions(
  options: WindowsSecurityContextOptions,
  path: FieldPath,
): FieldError[] {
  const { gmsaCredentialSpecName: specName, gmsaCredentialSpec: spec, runAsUserName } = options;
  const errors: FieldError[] = [];
  if (specName !== undefined) {
    const at = path.at('gmsaCredentialSpecName');
    errors.push(...checkDns1123Subdomain(specName).map((each) => invalid(at, specName, each)));
  }
  if (spec !== undefined) {
    const at = path.at('gmsaCredentialSpec');
    if (spec === '') errors.push(invalid(at, spec, 'gmsaCredentialSpec cannot be an empty string'));
    else if (Buffer.byteLength(spec) > CREDENTIAL_SPEC_MAX_KIB * 1024) {
      const detail = `gmsaCredentialSpec size must be under ${CREDENTIAL_SPEC_MAX_KIB} KiB`;
      errors.push(invalid(at, spec, detail));
    }
  }
  if (runAsUserName === undefined) return errors;
  const at = path.at('runAsUserName');
  const problems = userNameProblems(runAsUserName);
  return [...errors, ...problems.map((each) => invalid(at, runAsUserName, each))];
}

function userNameProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (CONTROL_CHARACTER.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const [user, domain] = [parts.at(-1)!, parts.length === 2 ? parts[0]! : undefined];
  return [...(domain === undefined ? [] : domainProblems(domain)), ...userProblems(user)];
}

function domainProblems(domain: string): string[] {
  const problems: string[] = [];
  if (domain.length >= DOMAIN_MAX_LENGTH) {
    problems.push(`runAsUserName's Domain length must be under ${DOMAIN_MAX_LENGTH} characters`);
  }
  if (!NET_BIOS_NAME.test(domain) && !DNS_NAME.test(domain)) {
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  return problems;
}

function userProblems(user: string): string[] {
  const problems: string[] = [];
  const say = (text: string) => problems.push(`runAsUserName's User ${text}`);
  if (user === '') say('cannot be empty');
  else if (user.length > USER_MAX_LENGTH) {
    say(`length must not be longer than ${USER_MAX_LENGTH} characters`);
  }
  if (/^[. ]+$/.test(user)) say('cannot contain only periods or spaces');
  if (FORBIDDEN_IN_USER.test(user)) {
    say('cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return problems;
}

type AnyContainer = Container | EphemeralContainer;

/** Every container of a pod with its path: those that start the pod, the others, those added. */
export function containersWithPaths(
  spec: PodSpec,
  path: FieldPath,
): (readonly [AnyContainer, FieldPath])[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((field) =>
    (spec[field] ?? []).map((each: AnyContainer, i) => [each, path.at(field).index(i)] as const),
  );
}

/** Containers that are processes of a Windows host: all of them or none, on the host's network. */
export function validateHostProcesses(spec: PodSpec, path: FieldPath): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const errors: FieldError[] = [];
  let hostProcesses = 0;
  const containers = containersWithPaths(spec, path);
  for (const [container, at] of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      const ownPath = at.at('securityContext', 'windowsOptions', 'hostProcess');
      errors.push(invalid(ownPath, own, detail));
    }
    if (own ?? ofPod) hostProcesses++;
  }
  if (hostProcesses === 0) return errors;
  if (hostProcesses !== containers.length) {
    const detail =
      'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(path, '', detail));
  }
  if (!spec.hostNetwork) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalid(path.at('hostNetwork'), false, detail));
  }
  return errors;
}

/** What a pod may not ask of the operating system that it says it is for. */
export function validateForOs(spec: PodSpec, path: FieldPath): FieldError[] {
  return spec.os?.name === 'windows'
    ? validateForWindows(spec, path)
    : validateForLinux(spec, path);
}

function validateForLinux(spec: PodSpec, path: FieldPath): FieldError[] {
  const contexts = [
    [spec.securityContext, path] as const,
    ...containersWithPaths(spec, path).map(
      ([container, at]) => [container.securityContext, at] as const,
    ),
  ];
  return contexts
    .filter(([context]) => context?.windowsOptions !== undefined)
    .map(([, at]) =>
      forbiddenField(
        at.at('securityContext', 'windowsOptions'),
        'windows options cannot be set for a linux pod',
      ),
    );
}

const POD_CONTEXT_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'shareProcessNamespace',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
];

const CONTAINER_CONTEXT_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

type Fields = Readonly<Record<string, unknown>>;

function validateForWindows(spec: PodSpec, path: FieldPath): FieldError[] {
  const context = { ...(spec.securityContext as Fields | undefined) };
  const errors: FieldError[] = [];
  const refuse = (at: FieldPath) =>
    errors.push(forbiddenField(at, 'cannot be set for a windows pod'));
  for (const field of POD_CONTEXT_FIELDS) {
    if (context[field] !== undefined) refuse(path.at('securityContext', field));
    // A few belong to the spec itself; the flags among them count only when raised.
    const own = (spec as unknown as Fields)[field];
    const isFlag = field === 'hostPID' || field === 'hostIPC';
    if (isFlag ? own === true : own !== undefined) refuse(path.at(field));
  }
  for (const [container, at] of containersWithPaths(spec, path)) {
    const own = container.securityContext as Fields | undefined;
    for (const field of own ? CONTAINER_CONTEXT_FIELDS : []) {
      if (own![field] !== undefined) refuse(at.at('securityContext', field));
    }
  }
  return errors;
}
