import { toTime } from '../../base/clock.ts';
import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import { checkDns1035Label, checkPathSegmentName } from '../../machinery/validation/names.ts';
import { validateDnsSubdomain, validateEach, validatePresent } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { apiServices as resource } from '../generated/apiregistration/v1/resources.ts';
import type { APIService, APIServiceSpec } from '../generated/apiregistration/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const HTTPS_PORT = 443;
const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1000;
const STATUSES = ['True', 'False', 'Unknown'];

function validateName({ metadata, spec }: APIService, path: FieldPath): FieldError[] {
  const expected = `${spec.version ?? ''}.${spec.group ?? ''}`;
  const { name } = metadata;
  if (name === '' || name === expected || checkPathSegmentName(name).length > 0) return [];
  return [invalid(path, name, `must be \`spec.version+"."+spec.group\`: ${quote(expected)}`)];
}

function validateSpec(spec: APIServiceSpec, path: FieldPath): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum: least, versionPriority: rank } = spec;
  const errors: FieldError[] = [];
  if (group) errors.push(...validateDnsSubdomain(group, path.at('group')));
  else if (version !== 'v1') {
    const detail = 'only v1 may have an empty group and it better be legacy kube';
    errors.push(required(path.at('group'), detail));
  }
  errors.push(...invalidFor(checkDns1035Label(version), version, path.at('version')));
  if (least <= 0 || least > GROUP_PRIORITY_MAX) {
    const detail = `must be positive and less than ${GROUP_PRIORITY_MAX}`;
    errors.push(invalid(path.at('groupPriorityMinimum'), least, detail));
  }
  if (rank <= 0 || rank > VERSION_PRIORITY_MAX) {
    const detail = `must be positive and less than ${VERSION_PRIORITY_MAX}`;
    errors.push(invalid(path.at('versionPriority'), rank, detail));
  }
  return [...errors, ...(spec.service ? validateRemote(spec, path) : validateLocal(spec, path))];
}

/** Served here: there is nobody whose certificate could be checked. */
function validateLocal(
  { caBundle = '', insecureSkipTLSVerify: insecure }: APIServiceSpec,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (caBundle) {
    const size = `${Buffer.from(caBundle, 'base64').length} bytes`;
    errors.push(invalid(path.at('caBundle'), size, 'local APIServices may not have a caBundle'));
  }
  if (insecure) {
    const detail = 'local APIServices may not have insecureSkipTLSVerify';
    errors.push(invalid(path.at('insecureSkipTLSVerify'), true, detail));
  }
  return errors;
}

function validateRemote(spec: APIServiceSpec, path: FieldPath): FieldError[] {
  const at = path.at('service');
  const errors = [
    ...validatePresent(spec.service?.namespace, at.at('namespace')),
    ...validatePresent(spec.service?.name, at.at('name')),
  ];
  if (spec.insecureSkipTLSVerify && spec.caBundle) {
    const detail = 'may not be true if caBundle is present';
    errors.push(invalid(path.at('insecureSkipTLSVerify'), true, detail));
  }
  return errors;
}

const available = ({ status }: APIService) =>
  status.conditions?.find(({ type }) => type === 'Available');

function availableText(service: APIService): string {
  const condition = available(service);
  if (!condition) return 'Unknown';
  const { status, reason } = condition;
  return status === 'True' || !reason ? status : `${status} (${reason})`;
}

/** What is served here is there at once; nobody would ever say so. */
function markLocal({ spec, status }: Draft<APIService>, now: number): void {
  if (spec.service) return;
  status.conditions = [
    {
      type: 'Available',
      status: 'True',
      lastTransitionTime: toTime(now),
      reason: 'Local',
      message: 'Local APIServices are always available',
    },
  ];
}

/** A version of an API group, and who serves it. */
export const apiServices: ResourceDefinition<APIService> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  categories: ['api-extensions'],
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,
  nameRule: 'path-segment',

  defaults(draft) {
    const { service } = part(draft, 'spec');
    if (service) service.port ??= HTTPS_PORT;
  },
  prepareCreate: (draft, { now }) => markLocal(draft, now),
  validate: (service, { path }) => [
    ...validateName(service, path.at('metadata', 'name')),
    ...validateSpec(service.spec, path.at('spec')),
  ],
  status: {
    keepsMetadata: true,
    validateUpdate: ({ status }, _previous, { path }) =>
      validateEach(status.conditions, path.at('status', 'conditions'), (condition, at) =>
        STATUSES.includes(condition.status)
          ? []
          : [notSupported(at.at('status'), condition.status, STATUSES)],
      ),
  },

  columns: [
    nameColumn,
    column('Service', 'string', ({ spec: { service } }) =>
      service ? `${service.namespace ?? ''}/${service.name ?? ''}` : 'Local',
    ),
    column('Available', 'string', availableText),
    ageColumn,
  ],
};
