import { ageColumn, nameColumn } from '../columns.ts';
import type { ResourceDefinition } from '../definition.ts';
import { serviceAccounts as resource } from '../generated/core/v1/resources.ts';
import type { ServiceAccount } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const ONLY_LISTED_SECRETS = 'kubernetes.io/enforce-mountable-secrets';

/** Who a pod's processes are to the API. */
export const serviceAccounts: ResourceDefinition<ServiceAccount> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['sa'],
  deleteAnswersObject: true,
  prepareCreate: keepNamesOfSecrets,
  prepareUpdate: keepNamesOfSecrets,
  warnings({ metadata }, previous) {
    const isNew = previous?.metadata.annotations?.[ONLY_LISTED_SECRETS] === undefined;
    if (!isNew || metadata.annotations?.[ONLY_LISTED_SECRETS] === undefined) return [];
    const advice = 'prefer separate namespaces to isolate access to mounted secrets';
    return [`metadata.annotations[${ONLY_LISTED_SECRETS}]: deprecated in v1.32+; ${advice}`];
  },
  connects: {
    token: {
      kind: 'TokenRequest',
      group: 'authentication.k8s.io',
      version: 'v1',
      verbs: ['create'],
    },
  },
  columns: [nameColumn, ageColumn],
};

/** Secrets are those of the account's own namespace: a reference is a name. */
function keepNamesOfSecrets(draft: { secrets?: { name?: string }[] }): void {
  if (draft.secrets) draft.secrets = draft.secrets.map(({ name }) => (name ? { name } : {}));
}
