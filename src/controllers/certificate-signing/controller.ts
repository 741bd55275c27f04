import { certificateSigningRequests } from '../../api/generated/certificates/v1/resources.ts';
import type { CertificateSigningRequest } from '../../api/generated/certificates/v1/types.ts';
import { type Controller, changesOf, deleted, source, wrote } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import type { Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { type Observed, reconcileRequest, type SigningAction } from './reconcile.ts';
import { nodeOf, type RequestFacts } from './rules.ts';

const NAME = 'certificate-controller';
const LIFETIME_SECONDS = 365 * 86_400;

/** The cluster's authority, as it is needed to answer requests. */
export interface CertificateSigner {
  /** Reads a request (PEM). Throws when it isn't one, or isn't signed with its own key. */
  read(request: string): RequestFacts;
  /** Makes the certificate (PEM) that a request asks for, valid from now. */
  sign(
    request: string,
    options: { readonly usages: readonly string[]; readonly seconds: number },
  ): string;
  /** Names and addresses that no certificate may stand for but the API server's. */
  readonly reserved: readonly string[];
}

/** Answers the requests to the cluster's own signers. */
export function certificateSigningController(
  { clock, clientFor }: ControllerTools,
  { nodes }: Pick<Informers, 'nodes'>,
  requests: Informer<CertificateSigningRequest>,
  signer: CertificateSigner,
): Controller<Observed, SigningAction> {
  const client = clientFor(NAME);

  function factsOf({ spec }: CertificateSigningRequest): RequestFacts | undefined {
    try {
      return signer.read(textOf(spec.request));
    } catch {
      return undefined; // Its author made a mistake, or wasn't honest.
    }
  }

  /** Requests that may have waited for their node to be known. */
  const waitingFor = (nodeName: string): string[] =>
    [...requests.lister.list()]
      .filter(({ spec, status }) => !status.conditions?.length && nodeOf(spec) === nodeName)
      .map(({ metadata }) => metadata.name);

  const update = async (request: CertificateSigningRequest, subresource: string) =>
    wrote(requests, await client.update(certificateSigningRequests, request, { subresource }));

  const withCondition = (
    request: CertificateSigningRequest,
    condition: { readonly type: string; readonly reason: string; readonly message: string },
  ): CertificateSigningRequest => {
    const conditions = [...(request.status.conditions ?? []), { ...condition, status: 'True' }];
    return { ...request, status: { ...request.status, conditions } };
  };

  return {
    name: NAME,
    sources: [
      source(requests, ({ metadata }) => [metadata.name]),
      changesOf(nodes, ({ after }) => (after ? waitingFor(after.metadata.name) : [])),
    ],
    observe(name) {
      const request = requests.lister.get(name);
      if (!request) return undefined;
      const asks = nodeOf(request.spec);
      return {
        request,
        facts: factsOf(request),
        node: asks === undefined ? undefined : nodes.lister.get(asks),
        reserved: signer.reserved,
        now: clock.now(),
      };
    },
    reconcile: reconcileRequest,
    async execute(action) {
      const { request } = action;
      switch (action.type) {
        case 'approve':
          return update(withCondition(request, APPROVED), 'approval');
        case 'fail': {
          const { message } = action;
          const failed = { type: 'Failed', reason: 'SignerValidationFailure', message };
          return update(withCondition(request, failed), 'status');
        }
        case 'sign': {
          const { request: pem, usages = [], expirationSeconds = LIFETIME_SECONDS } = request.spec;
          const seconds = Math.min(expirationSeconds, LIFETIME_SECONDS);
          const certificate = base64Of(signer.sign(textOf(pem), { usages, seconds }));
          return update({ ...request, status: { ...request.status, certificate } }, 'status');
        }
        case 'remove': {
          const { name, uid } = request.metadata;
          await client.delete(certificateSigningRequests, { name }, { preconditions: { uid } });
          return deleted(requests, name, request);
        }
      }
    },
  };
}

const APPROVED = {
  type: 'Approved',
  reason: 'AutoApproved',
  message: 'Auto approving the serving certificate that a node asks for itself.',
};

const textOf = (base64: string | undefined): string =>
  Buffer.from(base64 ?? '', 'base64').toString('latin1');
const base64Of = (text: string): string => Buffer.from(text).toString('base64');
