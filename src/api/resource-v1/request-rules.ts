// What a claim asks for: devices, how they belong together, and what to tell their drivers.
import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { checkDns1123Subdomain } from '../../machinery/validation/names.ts';
import { validateDnsLabel, validateEach, validateRequiredText } from '../checks.ts';
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from '../generated/resource/v1/types.ts';
import { validateConfiguration } from './configuration-rules.ts';
import { validateAtMost, validateDistinct } from './list-rules.ts';
import { validateFullyQualifiedName } from './name-rules.ts';
import { validateSelectors } from './selector-rules.ts';
import { validateDeviceToleration } from './taint-rules.ts';

const REQUESTS_MAX = 32;
const CONSTRAINTS_MAX = 32;
const CONFIGURATIONS_MAX = 32;
const ALTERNATIVES_MAX = 8;
const MODES = ['All', 'ExactCount'];

/** The names that other parts of a claim may use: of requests, and of their alternatives. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

/** The names of a claim's requests. */
export const requestNamesOf = ({ requests }: DeviceClaim): RequestNames =>
  new Map(
    (requests ?? []).map(({ name, firstAvailable = [] }) => [
      name,
      new Set(firstAvailable.map((alternative) => alternative.name)),
    ]),
  );

/** One device, unless a request says how many. */
export function setClaimDefaults(claim: Draft<DeviceClaim>): void {
  for (const { exactly, firstAvailable = [] } of claim.requests ?? []) {
    for (const request of exactly ? [exactly, ...firstAvailable] : firstAvailable) {
      request.allocationMode ||= 'ExactCount';
      if (request.allocationMode === 'ExactCount') request.count ||= 1;
      for (const toleration of request.tolerations ?? []) toleration.operator ??= 'Equal';
    }
  }
}

/** Everything wrong with what a claim asks for. */
export function validateClaim(claim: DeviceClaim, path: FieldPath): FieldError[] {
  const { requests, constraints, config } = claim;
  const names = requestNamesOf(claim);
  return [
    ...validateDistinct(REQUESTS_MAX, requests, path.at('requests'), nameOf, validateRequest),
    ...validateAtMost(CONSTRAINTS_MAX, constraints, path.at('constraints'), (constraint, at) =>
      validateConstraint(constraint, names, at),
    ),
    ...validateAtMost(CONFIGURATIONS_MAX, config, path.at('config'), (configuration, at) => [
      ...validateRequestReferences(configuration.requests, names, at.at('requests')),
      ...validateConfiguration(configuration, at),
    ]),
  ];
}

const nameOf = ({ name }: { readonly name: string }): string => name;

function validateRequest(request: DeviceRequest, path: FieldPath): FieldError[] {
  const { name, exactly, firstAvailable = [] } = request;
  const errors = validateDnsLabel(name ?? '', path.at('name'));
  const detail = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly && firstAvailable.length > 0) {
    return [...errors, invalid(path, null, `${detail}, but multiple fields are set`)];
  }
  if (exactly) return [...errors, ...validateAmount(exactly, path.at('exactly'))];
  if (firstAvailable.length === 0) return [...errors, required(path, detail)];
  const at = path.at('firstAvailable');
  return [
    ...errors,
    ...validateDistinct(ALTERNATIVES_MAX, firstAvailable, at, nameOf, validateAlternative),
  ];
}

const validateAlternative = (request: DeviceSubRequest, path: FieldPath): FieldError[] => [
  ...validateDnsLabel(request.name ?? '', path.at('name')),
  ...validateAmount(request, path),
];

const validateAmount = (
  request: ExactDeviceRequest | DeviceSubRequest,
  path: FieldPath,
): FieldError[] => [
  ...validateRequiredText(
    request.deviceClassName,
    checkDns1123Subdomain,
    path.at('deviceClassName'),
  ),
  ...validateSelectors(request.selectors, path.at('selectors')),
  ...validateMode(request, path),
  ...validateEach(request.tolerations, path.at('tolerations'), validateDeviceToleration),
];

function validateMode(
  { allocationMode, count = 0 }: ExactDeviceRequest | DeviceSubRequest,
  path: FieldPath,
): FieldError[] {
  const mode: string = allocationMode ?? '';
  if (!MODES.includes(mode)) return [notSupported(path.at('allocationMode'), mode, MODES)];
  if (mode === 'ExactCount' && count <= 0) {
    return [invalid(path.at('count'), count, 'must be greater than zero')];
  }
  if (mode === 'ExactCount' || count === 0) return [];
  const detail = `must not be specified when allocationMode is '${mode}'`;
  return [invalid(path.at('count'), count, detail)];
}

function validateConstraint(
  { requests, matchAttribute, distinctAttribute }: DeviceConstraint,
  names: RequestNames,
  path: FieldPath,
): FieldError[] {
  const errors = validateRequestReferences(requests, names, path.at('requests'));
  if (matchAttribute !== undefined) {
    return [...errors, ...validateFullyQualifiedName(matchAttribute, path.at('matchAttribute'))];
  }
  if (distinctAttribute !== undefined) {
    const at = path.at('distinctAttribute');
    return [...errors, ...validateFullyQualifiedName(distinctAttribute, at)];
  }
  // Kubernetes speaks of multiple fields here, of which none is set.
  const detail =
    'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  return [...errors, required(path, detail)];
}

/** Names of requests, or `request/alternative`, each once. */
export const validateRequestReferences = (
  references: readonly string[] | undefined,
  names: RequestNames,
  path: FieldPath,
): FieldError[] =>
  validateDistinct(
    REQUESTS_MAX,
    references,
    path,
    (reference) => reference,
    (reference, at) => validateRequestReference(reference, names, at),
  );

/** The name of a request, or `request/alternative`. */
export function validateRequestReference(
  reference: string,
  names: RequestNames,
  path: FieldPath,
): FieldError[] {
  const unknown = invalid(
    path,
    reference,
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
  );
  const parts = reference.split('/');
  if (parts.length > 2) return [unknown];
  const errors = parts.flatMap((part) => validateDnsLabel(part, path));
  const [request = '', alternative] = parts;
  const alternatives = names.get(request);
  const known = alternatives && (alternative === undefined || alternatives.has(alternative));
  return known ? errors : [...errors, unknown];
}
