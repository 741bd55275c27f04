import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { invalidFor } from '../../../machinery/validation/labels.ts';
import { checkGroupId, checkUserId } from '../../../machinery/validation/values.ts';
import { validateEach } from '../../checks.ts';
import type {
  Container,
  ContainerStatus,
  LinuxContainerUser,
  Pod,
  PodSpec,
  ResourceHealth,
  ResourceStatus,
} from '../../generated/core/v1/types.ts';

type Statuses = readonly ContainerStatus[] | undefined;

/** A container that ended for good stays ended. */
export function validateStates(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const { spec } = previous;
  const [now, then] = [next.status, previous.status];
  const restartsIn =
    (containers: readonly Container[] = []): MayRestart =>
    (name, exitCode) => {
      const container = containers.find((each) => each.name === name);
      return container !== undefined && restarts(container, spec, exitCode);
    };
  const check = (
    field: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    mayRestart: MayRestart,
  ) => validateStayEnded(now[field], then[field], mayRestart, path.at(field));
  const never: MayRestart = () => false;
  const any: MayRestart = () => true;
  const together = restartsTogether(spec);
  return [
    ...check('containerStatuses', together ? any : restartsIn(spec.containers)),
    ...check('initContainerStatuses', together ? any : restartsIn(spec.initContainers)),
    ...check('ephemeralContainerStatuses', never),
  ];
}

/** Whether a container of that name, which ended with that code, is started again. */
type MayRestart = (name: string, exitCode: number) => boolean;

/** Whether the end of one container may restart all of them (KEP-5532). */
const restartsTogether = ({ containers, initContainers }: PodSpec): boolean =>
  [...containers, ...(initContainers ?? [])].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  );

/** By the first rule that fits, else by the container's own policy, else by the pod's (KEP-5307). */
function restarts(container: Container, spec: PodSpec, exitCode: number): boolean {
  const { restartPolicy: own, restartPolicyRules = [] } = container;
  const rule =
    own !== undefined &&
    restartPolicyRules.find(({ exitCodes }) => {
      const listed = exitCodes?.values?.includes(exitCode) ?? false;
      return exitCodes !== undefined && listed === (exitCodes.operator === 'In');
    });
  if (rule && rule.action === 'Restart') return true;
  const policy = own ?? spec.restartPolicy;
  return policy === 'OnFailure' ? exitCode !== 0 : policy !== 'Never';
}

function validateStayEnded(
  next: Statuses,
  previous: Statuses,
  mayRestart: MayRestart,
  path: FieldPath,
): FieldError[] {
  return validateEach(previous, path, ({ name, state }, at) => {
    const ended = state?.terminated;
    if (!ended) return [];
    const runsAgain = next?.some((status) => status.name === name && !status.state?.terminated);
    if (!runsAgain || mayRestart(name, ended.exitCode)) return [];
    return [forbiddenField(at.at('state'), 'may not be transitioned to non-terminated state')];
  });
}

/** Whom the processes of containers are said to run as. */
export function validateUsers(statuses: Statuses, os: string, path: FieldPath): FieldError[] {
  return validateEach(statuses, path, ({ user }, at) => {
    if (!user?.linux) return [];
    const linuxPath = at.at('user', 'linux');
    if (os !== 'windows') return validateLinuxUser(user.linux, linuxPath);
    return [forbiddenField(linuxPath, 'cannot be set for a windows pod')];
  });
}

const validateLinuxUser = (
  { uid, gid, supplementalGroups }: LinuxContainerUser,
  path: FieldPath,
): FieldError[] => [
  ...invalidFor(checkUserId(uid ?? 0), uid ?? 0, path.at('uid')),
  ...invalidFor(checkGroupId(gid ?? 0), gid ?? 0, path.at('gid')),
  ...validateEach(supplementalGroups, path.at('supplementalGroups'), (group, at) =>
    invalidFor(checkGroupId(group), group, at),
  ),
];

/** How the devices that containers asked for are said to be. */
export const validateHealth = (
  statuses: Statuses,
  containers: readonly Container[] | undefined,
  path: FieldPath,
): FieldError[] =>
  validateEach(statuses, path, ({ name, allocatedResourcesStatus }, at) =>
    validateEach(allocatedResourcesStatus, at.at('allocatedResourcesStatus'), (status, own) => [
      ...validateAskedFor(
        status,
        containers?.find((each) => each.name === name),
        own,
      ),
      ...validateDevices(status.resources, own.at('resources')),
    ]),
  );

function validateAskedFor(
  { name }: ResourceStatus,
  container: Container | undefined,
  path: FieldPath,
): FieldError[] {
  if (!container) return [];
  const { claims = [], requests = {} } = container.resources ?? {};
  const isClaim = name.startsWith('claim:');
  const isAskedFor = isClaim
    ? claims.some((each) => `claim:${each.name}${each.request ? `/${each.request}` : ''}` === name)
    : requests[name] !== undefined;
  if (isAskedFor) return [];
  const detail = isClaim
    ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    : "must match one of the container's resource requests";
  return [invalid(path.at('name'), name, detail)];
}

const HEALTHS = ['Healthy', 'Unhealthy', 'Unknown'];

function validateDevices(
  devices: readonly ResourceHealth[] | undefined,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(devices, path, ({ resourceID, health = '' }, at) => {
    const errors: FieldError[] = HEALTHS.includes(health)
      ? []
      : [notSupported(at.at('health'), health, HEALTHS)];
    if (seen.has(resourceID)) errors.push(duplicate(at.at('resourceID'), resourceID));
    seen.add(resourceID);
    return errors;
  });
}

/** Containers added to look at a pod are given no devices. */
export const validateNoHealth = (statuses: Statuses, path: FieldPath): FieldError[] =>
  validateEach(statuses, path, ({ allocatedResourcesStatus }, at) =>
    allocatedResourcesStatus?.length
      ? [
          forbiddenField(
            at.at('allocatedResourcesStatus'),
            'must not be specified in container status',
          ),
        ]
      : [],
  );
