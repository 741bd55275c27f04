import {
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { invalidFor } from '../../../machinery/validation/labels.ts';
import {
  checkHttpHeaderName,
  validateNonNegative,
  validatePortNumberOrName,
} from '../../../machinery/validation/values.ts';
import { validateChoice, validatePresent } from '../../checks.ts';
import type {
  Container,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
  ProbeHandler,
} from '../../generated/core/v1/types.ts';

/** The probes of a container that runs for long. */
export function validateProbes(
  { livenessProbe, readinessProbe, startupProbe }: Container,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (livenessProbe) errors.push(...validateOnceProbe(livenessProbe, path.at('livenessProbe')));
  if (readinessProbe) {
    const at = path.at('readinessProbe');
    const { terminationGracePeriodSeconds: grace } = readinessProbe;
    errors.push(...validateProbe(readinessProbe, at));
    if (grace !== undefined) {
      const detail = 'must not be set for readinessProbes';
      errors.push(invalid(at.at('terminationGracePeriodSeconds'), grace, detail));
    }
  }
  if (startupProbe) errors.push(...validateOnceProbe(startupProbe, path.at('startupProbe')));
  return errors;
}

// One success is all that these need.
function validateOnceProbe(probe: Probe, path: FieldPath): FieldError[] {
  const errors = validateProbe(probe, path);
  if (probe.successThreshold !== 1) {
    errors.push(invalid(path.at('successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
  }
  return errors;
}

const PROBE_NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateProbe(probe: Probe, path: FieldPath): FieldError[] {
  const errors = validateHandler(probe, undefined, path);
  for (const field of PROBE_NUMBERS) {
    errors.push(...validateNonNegative(probe[field] ?? 0, path.at(field)));
  }
  const { terminationGracePeriodSeconds: grace } = probe;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(path.at('terminationGracePeriodSeconds'), grace, 'must be greater than 0'));
  }
  return errors;
}

/** What runs after a container's start and before its stop. */
export function validateLifecycle(
  { postStart, preStop }: Lifecycle,
  graceSeconds: number | undefined,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (postStart) errors.push(...validateHandler(postStart, graceSeconds, path.at('postStart')));
  if (preStop) errors.push(...validateHandler(preStop, graceSeconds, path.at('preStop')));
  return errors;
}

type Handler = ProbeHandler & LifecycleHandler;
type HandlerRule = (handler: Handler, path: FieldPath, graceSeconds?: number) => FieldError[];

const HANDLER_RULES: readonly (readonly [keyof Handler, HandlerRule])[] = [
  ['exec', ({ exec }, path) => (exec?.command?.length ? [] : [required(path.at('command'))])],
  ['httpGet', ({ httpGet }, path) => validateHttpGet(httpGet!, path)],
  ['tcpSocket', ({ tcpSocket }, path) => validatePort(tcpSocket!.port, path)],
  ['grpc', ({ grpc }, path) => validatePort(grpc!.port, path)],
  ['sleep', ({ sleep }, path, graceSeconds) => validateSleep(sleep!.seconds, graceSeconds, path)],
];

/** Exactly one way of asking or telling a container something. */
function validateHandler(
  handler: Handler,
  graceSeconds: number | undefined,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  let found = false;
  for (const [field, validate] of HANDLER_RULES) {
    if (handler[field] === undefined) continue;
    if (found) {
      errors.push(forbiddenField(path.at(field), 'may not specify more than 1 handler type'));
    } else errors.push(...validate(handler, path.at(field), graceSeconds));
    found = true;
  }
  if (!found) errors.push(required(path, 'must specify a handler type'));
  return errors;
}

const validatePort = (port: number | string | undefined, path: FieldPath): FieldError[] =>
  validatePortNumberOrName(port ?? 0, path.at('port'));

const validateHttpGet = (action: HTTPGetAction, path: FieldPath): FieldError[] => [
  ...validatePresent(action.path, path.at('path')),
  ...validatePort(action.port, path),
  ...validateChoice(action.scheme, ['HTTP', 'HTTPS'], path.at('scheme')),
  ...(action.httpHeaders ?? []).flatMap(({ name }) =>
    invalidFor(checkHttpHeaderName(name ?? ''), name ?? '', path.at('httpHeaders')),
  ),
];

function validateSleep(
  seconds: number | undefined,
  graceSeconds: number | undefined,
  path: FieldPath,
): FieldError[] {
  const time = seconds ?? 0;
  if (graceSeconds === undefined || (time >= 0 && time <= graceSeconds)) return [];
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalid(path, time, detail)];
}
