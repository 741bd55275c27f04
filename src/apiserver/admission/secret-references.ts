import type { Container, Pod, ServiceAccount } from '../../api/generated/core/v1/types.ts';

const ONLY_LISTED = 'kubernetes.io/enforce-mountable-secrets';
// What strconv.ParseBool takes for true.
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

/** Which secret of a pod its account doesn't list, where only listed ones may be used; or none. */
export function unlistedSecret(pod: Pod, account: ServiceAccount): string | undefined {
  if (!TRUE.has(account.metadata.annotations?.[ONLY_LISTED] ?? '')) return undefined;
  const { name } = account.metadata;
  const listed = new Set((account.secrets ?? []).map((secret) => secret.name));
  const refused = 'is not allowed because service account';
  const tail = `${refused} ${name} does not reference that secret`;
  for (const { secret } of pod.spec.volumes ?? []) {
    if (!secret || listed.has(secret.secretName)) continue;
    return `volume with secret.secretName="${secret.secretName ?? ''}" ${tail}`;
  }
  for (const [kind, containers] of [
    ['init container', pod.spec.initContainers],
    ['container', pod.spec.containers],
  ] as const) {
    const found = unlistedVariable(containers ?? [], listed);
    if (found) return `${kind} ${found} ${tail}`;
  }
  const pulled = new Set((account.imagePullSecrets ?? []).map((secret) => secret.name));
  const i = (pod.spec.imagePullSecrets ?? []).findIndex((secret) => !pulled.has(secret.name));
  if (i < 0) return undefined;
  const secret = pod.spec.imagePullSecrets?.[i]?.name ?? '';
  return `imagePullSecrets[${i}].name="${secret}" ${refused} ${name} does not reference that imagePullSecret`;
}

function unlistedVariable(
  containers: readonly Container[],
  listed: ReadonlySet<string | undefined>,
): string | undefined {
  for (const { name, env } of containers) {
    for (const variable of env ?? []) {
      const secret = variable.valueFrom?.secretKeyRef;
      if (!secret || listed.has(secret.name)) continue;
      return `${name} with envVar ${variable.name} referencing secret.secretName="${secret.name ?? ''}"`;
    }
  }
  return undefined;
}

/** What a pod may not refer to that only mirrors what a node runs anyway; undefined if nothing. */
export function mirrorProblem({ spec }: Pod): string | undefined {
  if (spec.serviceAccountName) return 'a mirror pod may not reference service accounts';
  if (namesSecret(spec)) return 'a mirror pod may not reference secrets';
  const hasToken = spec.volumes?.some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  return hasToken ? 'a mirror pod may not use ServiceAccountToken volume projections' : undefined;
}

/** Fields that name a secret, wherever in a pod they are. */
const REFERENCES = new Set([
  'imagePullSecrets',
  'nodePublishSecretRef',
  'secret',
  'secretKeyRef',
  'secretRef',
]);

function namesSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(namesSecret);
  return Object.entries(value).some(([field, each]) => {
    if (each === undefined || each === null) return false;
    const isEmpty = Array.isArray(each) && each.length === 0;
    return (REFERENCES.has(field) && !isEmpty) || namesSecret(each);
  });
}
