import type { User } from '../../machinery/api-request.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { validateEach } from '../checks.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { validateSignerName } from '../core-v1/pod/signer-rules.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { certificateSigningRequests as resource } from '../generated/certificates/v1/resources.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestSpec,
} from '../generated/certificates/v1/types.ts';
import { humanDuration } from '../human-duration.ts';
import { shapeOf } from '../shapes.ts';
import {
  dateConditions,
  keepDecisions,
  validateConditionsUpdate,
  validateRequestConditions,
} from './condition-rules.ts';
import { certificateProblem, requestProblem } from './pem.ts';

const EXPIRATION_MIN_SECONDS = 600;
const OLD_SIGNER = 'kubernetes.io/legacy-unknown';
const shape = shapeOf(resource);

const USAGES = (
  'any,cert sign,client auth,code signing,content commitment,crl sign,data encipherment,' +
  'decipher only,digital signature,email protection,encipher only,ipsec end system,' +
  'ipsec tunnel,ipsec user,key agreement,key encipherment,microsoft sgc,netscape sgc,' +
  'ocsp signing,s/mime,server auth,signing,timestamping'
).split(',');

/** Whoever asks is whom the certificate will be for: clients don't say so themselves. */
function setRequestor(spec: Draft<CertificateSigningRequestSpec>, user: User): void {
  const { name, uid, groups, extra } = user;
  for (const field of ['username', 'uid', 'groups', 'extra'] as const) delete spec[field];
  if (name) spec.username = name;
  if (uid) spec.uid = uid;
  if (groups.length > 0) spec.groups = [...groups];
  if (extra && Object.keys(extra).length > 0)
    spec.extra = structuredClone(extra) as typeof spec.extra & object;
}

function validateSpec(spec: CertificateSigningRequestSpec, path: FieldPath): FieldError[] {
  const { request, usages, signerName = '', expirationSeconds: seconds } = spec;
  const errors: FieldError[] = [];
  const problem = requestProblem(request ?? '');
  if (problem) errors.push(invalid(path.at('request'), request ?? null, problem));
  errors.push(...validateUsages(usages ?? [], path.at('usages')));
  const at = path.at('signerName');
  if (signerName === OLD_SIGNER) {
    const detail = 'the legacy signerName is not allowed via this API version';
    errors.push(invalid(at, signerName, detail));
  } else errors.push(...validateSignerName(signerName, at));
  if (seconds !== undefined && seconds < EXPIRATION_MIN_SECONDS) {
    const detail = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(invalid(path.at('expirationSeconds'), seconds, detail));
  }
  return errors;
}

function validateUsages(usages: readonly string[], path: FieldPath): FieldError[] {
  if (usages.length === 0) return [required(path)];
  const unknown = validateEach(usages, path, (usage, at) =>
    USAGES.includes(usage) ? [] : [notSupported(at, usage, USAGES)],
  );
  const repeated = usages.flatMap((usage, i) =>
    usages.indexOf(usage) < i ? [duplicate(path.index(i), usage)] : [],
  );
  return [...unknown, ...repeated];
}

function validateAll(request: CertificateSigningRequest, path: FieldPath): FieldError[] {
  const { spec, status } = request;
  const errors = validateSpec(spec, path.at('spec'));
  errors.push(...validateRequestConditions(status.conditions, path.at('status', 'conditions')));
  const problem = certificateProblem(status.certificate);
  if (!problem) return errors;
  const at = path.at('status', 'certificate');
  return [...errors, invalid(at, '<certificate data>', problem)];
}

interface Rights {
  readonly mayDecide: boolean;
  readonly mayIssue: boolean;
}

function validateChange(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
  rights: Rights,
  path: FieldPath,
): FieldError[] {
  const [now, then] = [next.status, previous.status];
  const conditions = path.at('status', 'conditions');
  const errors = validateConditionsUpdate(now.conditions, then.conditions, rights, conditions);
  if ((now.certificate ?? '') === (then.certificate ?? '')) return errors;
  const at = path.at('status', 'certificate');
  if (then.certificate) {
    return [...errors, forbiddenField(at, 'updates may not modify existing certificate content')];
  }
  if (rights.mayIssue) return errors;
  return [...errors, forbiddenField(at, 'updates may not set certificate content')];
}

function conditionCell({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status.conditions?.some((condition) => condition.type === type);
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return [
    decision,
    ...(has('Failed') ? ['Failed'] : []),
    ...(status.certificate ? ['Issued'] : []),
  ].join(',');
}

/** Someone asks for a certificate; someone else approves, and a signer issues it. */
export const certificateSigningRequests: ResourceDefinition<CertificateSigningRequest> = {
  ...resource,
  shape,
  shortNames: ['csr'],
  nameRule: 'path-segment',

  defaults(draft) {
    part(draft, 'spec');
  },
  // What was asked for once stays as it was asked.
  keeps: ['spec', 'status'],
  prepareCreate: ({ spec }, { user }) => setRequestor(spec, user),
  prepareUpdate(draft, previous) {
    draft.spec = previous.spec as Draft<CertificateSigningRequestSpec>;
  },
  validate: (request, { path }) => validateAll(request, path),
  status: {
    keeps: ['status.conditions'],
    prepareUpdate(draft, previous, { now }) {
      keepDecisions(draft, previous);
      dateConditions(draft, previous, now);
    },
    validateUpdate: (next, previous, { path }) => [
      ...validateAll(next, path),
      ...validateChange(next, previous, { mayDecide: false, mayIssue: true }, path),
    ],
  },
  updates: {
    approval: {
      keeps: ['spec', 'status.certificate'],
      prepareUpdate(draft, previous, { now }) {
        const { conditions } = draft.status;
        draft.spec = previous.spec as Draft<CertificateSigningRequestSpec>;
        const { conditions: _, ...status } = previous.status;
        draft.status = {
          ...structuredClone(status),
          ...(conditions && { conditions: structuredClone(conditions) }),
        } as typeof draft.status;
        dateConditions(draft, previous, now);
      },
      validateUpdate: (next, previous, { path }) => [
        ...validateAll(next, path),
        ...validateChange(next, previous, { mayDecide: true, mayIssue: false }, path),
      ],
    },
  },

  columns: [
    nameColumn,
    ageColumn,
    column('SignerName', 'string', ({ spec }) => spec.signerName || NONE),
    column('Requestor', 'string', ({ spec }) => spec.username ?? ''),
    column('RequestedDuration', 'string', ({ spec }) =>
      spec.expirationSeconds === undefined ? NONE : humanDuration(spec.expirationSeconds * 1000),
    ),
    column('Condition', 'string', conditionCell),
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
};
