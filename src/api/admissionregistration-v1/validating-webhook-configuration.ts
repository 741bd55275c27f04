import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { validatingWebhookConfigurations as resource } from '../generated/admissionregistration/v1/resources.ts';
import type { ValidatingWebhookConfiguration } from '../generated/admissionregistration/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { loadCompiler } from './compiling.ts';
import { setWebhookDefaults, validateWebhooks } from './webhook-rules.ts';

/** Who else is asked whether a request may go through. */
export const validatingWebhookConfigurations: ResourceDefinition<ValidatingWebhookConfiguration> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  categories: ['api-extensions'],
  generation: true,
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,

  defaults(draft) {
    for (const webhook of draft.webhooks ?? []) setWebhookDefaults(webhook);
  },
  load: loadCompiler,
  validate: ({ webhooks }, { path }) => validateWebhooks(webhooks, path.at('webhooks')),

  columns: [
    nameColumn,
    column('Webhooks', 'integer', ({ webhooks }) => webhooks?.length ?? 0),
    ageColumn,
  ],
};
