// Which devices a claim got.
import { duplicate, type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateLabelName } from '../../machinery/validation/labels.ts';
import { validateChoice, validateDnsLabel, validateEach } from '../checks.ts';
import { validateNodeSelector } from '../core-v1/pod/affinity-rules.ts';
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
} from '../generated/resource/v1/types.ts';
import { validateConfiguration } from './configuration-rules.ts';
import { validateAtMost } from './list-rules.ts';
import { validateDriverName, validatePoolName } from './name-rules.ts';
import {
  type RequestNames,
  validateRequestReference,
  validateRequestReferences,
} from './request-rules.ts';
import { validateShareId } from './share-id.ts';
import { validateDeviceToleration } from './taint-rules.ts';

const RESULTS_MAX = 32;
const CONFIGURATIONS_MAX = 64; // The class's and the claim's.
const CONDITIONS_MAX = 4;
const SOURCES = ['FromClaim', 'FromClass'];

/** A new allocation. One that was there stays as it is. */
export function validateAllocation(
  { devices, nodeSelector }: AllocationResult,
  names: RequestNames,
  path: FieldPath,
): FieldError[] {
  const at = path.at('devices');
  return [
    ...validateAtMost(RESULTS_MAX, devices?.results, at.at('results'), (result, each) =>
      validateResult(result, names, each),
    ),
    ...validateAtMost(CONFIGURATIONS_MAX, devices?.config, at.at('config'), (config, each) =>
      validateAllocated(config, names, each),
    ),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, path.at('nodeSelector')) : []),
  ];
}

const validateResult = (
  result: DeviceRequestAllocationResult,
  names: RequestNames,
  path: FieldPath,
): FieldError[] => [
  ...validateRequestReference(result.request ?? '', names, path.at('request')),
  ...validateDriverName(result.driver, path.at('driver')),
  ...validatePoolName(result.pool ?? '', path.at('pool')),
  ...validateDnsLabel(result.device ?? '', path.at('device')),
  ...validateBindingConditions(result, path),
  ...validateEach(result.tolerations, path.at('tolerations'), validateDeviceToleration),
  ...validateShareId(result.shareID, path.at('shareID')),
];

const validateAllocated = (
  config: DeviceAllocationConfiguration,
  names: RequestNames,
  path: FieldPath,
): FieldError[] => [
  ...validateChoice(config.source, SOURCES, path.at('source')),
  ...validateRequestReferences(config.requests, names, path.at('requests')),
  ...validateConfiguration(config, path),
];

interface BindingConditions {
  readonly bindingConditions?: readonly string[];
  readonly bindingFailureConditions?: readonly string[];
}

/** What has to become true before a device is ready, and what says that it never will be. */
export function validateBindingConditions(
  { bindingConditions: ready = [], bindingFailureConditions: failed = [] }: BindingConditions,
  path: FieldPath,
): FieldError[] {
  const [readyPath, failedPath] = [
    path.at('bindingConditions'),
    path.at('bindingFailureConditions'),
  ];
  const errors = [
    ...validateAtMost(CONDITIONS_MAX, ready, readyPath, validateLabelName),
    ...validateAtMost(CONDITIONS_MAX, failed, failedPath, validateLabelName),
    ...validateOverlap(ready, [], readyPath),
    ...validateOverlap(failed, ready, failedPath),
  ];
  if (ready.length === 0 && failed.length > 0) {
    const detail = 'bindingConditions are required to use bindingFailureConditions';
    errors.push(invalid(readyPath, null, detail));
  }
  if (failed.length === 0 && ready.length > 0) {
    const detail = 'bindingFailureConditions are required to use bindingConditions';
    errors.push(invalid(failedPath, null, detail));
  }
  return errors;
}

function validateOverlap(
  conditions: readonly string[],
  others: readonly string[],
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(conditions, path, (condition, at) => {
    const errors = seen.has(condition) ? [duplicate(at, condition)] : [];
    seen.add(condition);
    if (!others.includes(condition)) return errors;
    const detail = 'bindingFailureConditions must not overlap with bindingConditions';
    return [...errors, invalid(at, condition, detail)];
  });
}
