import type { CertificateSigningRequestSpec } from '../../api/generated/certificates/v1/types.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';

/** What a request says, as its signer needs to know it. */
export interface RequestFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The names of hosts it shall stand for. */
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  /** Whether it shall stand for anything else: mailboxes, URIs. */
  readonly hasOtherNames: boolean;
}

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const NODE_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
const SERVING_SIGNER = 'kubernetes.io/kubelet-serving';
const NODES = 'system:nodes';
const NODE_PREFIX = 'system:node:';
const MASTERS = 'system:masters';

type Rule = (facts: RequestFacts, usages: readonly string[]) => string | false | undefined;

/** What each signer insists on; the first of these that isn't so is why it doesn't sign. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  [CLIENT_SIGNER]: [
    ({ organizations }) =>
      organizations.includes(MASTERS) &&
      `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`,
    (_, usages) => wrongUsages(usages, 'client auth'),
  ],
  [NODE_CLIENT_SIGNER]: [
    notOfNode,
    ({ hosts }) => hosts.length > 0 && 'DNS subjectAltNames are not allowed',
    ({ addresses }) => addresses.length > 0 && 'IP subjectAltNames are not allowed',
    withOtherNames,
    (_, usages) => wrongUsages(usages, 'client auth'),
  ],
  [SERVING_SIGNER]: [
    notOfNode,
    ({ hosts, addresses }) =>
      hosts.length + addresses.length === 0 && 'DNS or IP subjectAltName is required',
    withOtherNames,
    (_, usages) => wrongUsages(usages, 'server auth'),
  ],
};

function notOfNode({ organizations, commonName }: RequestFacts): string | false {
  if (organizations.length !== 1 || organizations[0] !== NODES) {
    return `subject organization is not ${NODES}`;
  }
  return (
    !commonName.startsWith(NODE_PREFIX) && `subject common name does not begin with ${NODE_PREFIX}`
  );
}

function withOtherNames({ hasOtherNames }: RequestFacts): string | false {
  return hasOtherNames && 'Email and URI subjectAltNames are not allowed';
}

function wrongUsages(usages: readonly string[], purpose: string): string | false {
  const allowed = ['digital signature', 'key encipherment', purpose];
  const fits = usages.includes(purpose) && usages.every((usage) => allowed.includes(usage));
  return !fits && `usages did not match [${allowed.join(' ')}]`;
}

/** Whether requests to this signer are for us to sign. */
export const isOurs = (signerName: string): boolean => signerName in RULES;

/** Why a signer of ours doesn't sign a request, though somebody has approved it. */
export function refusalOf(
  { signerName, usages = [] }: Pick<CertificateSigningRequestSpec, 'signerName' | 'usages'>,
  facts: RequestFacts,
): string | undefined {
  for (const rule of RULES[signerName] ?? []) {
    const refusal = rule(facts, usages);
    if (refusal) return refusal;
  }
  return undefined;
}

/** The node that a user is; undefined for other users. */
export function nodeOf({
  username = '',
  groups = [],
}: Pick<CertificateSigningRequestSpec, 'username' | 'groups'>): string | undefined {
  const isNode = groups.includes(NODES) && username.startsWith(NODE_PREFIX);
  return isNode ? username.slice(NODE_PREFIX.length) : undefined;
}

/**
 * Whether a request needs nobody to approve it: a node asks to serve as itself, under its own name
 * and the addresses by which it is known, none of which may be the API server's (`reserved`).
 */
export function approvesItself(
  spec: CertificateSigningRequestSpec,
  facts: RequestFacts,
  { node, reserved }: { readonly node: Node | undefined; readonly reserved: readonly string[] },
): boolean {
  if (spec.signerName !== SERVING_SIGNER || !node || refusalOf(spec, facts)) return false;
  if (spec.username !== facts.commonName || nodeOf(spec) !== node.metadata.name) return false;
  const addresses = (node.status.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP')
    .map(({ address }) => address);
  return (
    facts.hosts.every((host) => host === node.metadata.name) &&
    facts.addresses.every((address) => addresses.includes(address)) &&
    ![...facts.hosts, ...facts.addresses].some((name) => reserved.includes(name))
  );
}
