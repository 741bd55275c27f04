import { organizationsIn } from '../../api/certificates-v1/request-subject.ts';
import type { CertificateSigningRequest } from '../../api/generated/certificates/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import { forbidden, type StatusError } from '../../machinery/status.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';

const GROUP = 'certificates.k8s.io';
const REQUESTS = { group: GROUP, plural: 'certificatesigningrequests' };
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

/** Lets only those approve requests who may approve what their signer signs. */
export const certificateApproval = (authorizer: Authorizer): AdmissionPlugin => ({
  name: 'CertificateApproval',
  validate(attributes) {
    if (!isUpdateOf(attributes, 'approval')) return;
    refuseUnlessAllowed(authorizer, attributes, 'approve');
  },
});

/** Lets only those give certificates, or say that there will be none, who may sign for the signer. */
export const certificateSigning = (authorizer: Authorizer): AdmissionPlugin => ({
  name: 'CertificateSigning',
  validate(attributes) {
    if (!isUpdateOf(attributes, 'status')) return;
    const next = (attributes.object as CertificateSigningRequest).status;
    const previous = (attributes.oldObject as CertificateSigningRequest).status;
    const isSame =
      next.certificate === previous.certificate && isEqual(next.conditions, previous.conditions);
    if (!isSame) refuseUnlessAllowed(authorizer, attributes, 'sign');
  },
});

/** Nobody becomes a superuser by a certificate that the cluster itself signs for clients. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(attributes) {
    const { operation, subresource, object } = attributes;
    if (operation !== 'CREATE' || subresource !== undefined || !isRequest(attributes)) return;
    const { signerName, request } = (object as CertificateSigningRequest).spec;
    if (signerName !== CLIENT_SIGNER || !organizationsIn(request ?? '').includes(MASTERS)) return;
    throw refuse(attributes, `use of ${signerName} signer with ${MASTERS} group is not allowed`);
  },
};

const isRequest = ({ definition }: AdmissionAttributes): boolean =>
  definition.plural === REQUESTS.plural && definition.group === GROUP;

const isUpdateOf = (attributes: AdmissionAttributes, subresource: string): boolean =>
  attributes.operation === 'UPDATE' &&
  attributes.subresource === subresource &&
  isRequest(attributes);

const refuse = ({ name }: AdmissionAttributes, why: string): StatusError =>
  forbidden(REQUESTS, name, why);

/** By the signer's own name, or by that of all signers of its domain. */
function refuseUnlessAllowed(
  authorizer: Authorizer,
  attributes: AdmissionAttributes,
  verb: 'approve' | 'sign',
): void {
  const { signerName } = (attributes.oldObject as CertificateSigningRequest).spec;
  const [domain = ''] = signerName.split('/');
  const mayAt = (name: string) =>
    authorizer.allows(attributes.user, { verb, group: GROUP, plural: 'signers', name });
  if (mayAt(signerName) || mayAt(`${domain}/*`)) return;
  const quoted = JSON.stringify(signerName);
  throw refuse(attributes, `user not permitted to ${verb} requests with signerName ${quoted}`);
}
