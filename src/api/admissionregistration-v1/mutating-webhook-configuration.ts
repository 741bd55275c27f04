import { validateOptionalChoice } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { mutatingWebhookConfigurations as resource } from '../generated/admissionregistration/v1/resources.ts';
import type { MutatingWebhookConfiguration } from '../generated/admissionregistration/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { loadCompiler } from './compiling.ts';
import { REINVOCATION_POLICIES } from './match-rules.ts';
import { setWebhookDefaults, validateWebhooks } from './webhook-rules.ts';

/** Who else may change what is in a request. */
export const mutatingWebhookConfigurations: ResourceDefinition<MutatingWebhookConfiguration> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  categories: ['api-extensions'],
  generation: true,
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,

  defaults(draft) {
    for (const webhook of draft.webhooks ?? []) {
      setWebhookDefaults(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  load: loadCompiler,
  validate: ({ webhooks }, { path }) =>
    validateWebhooks(webhooks, path.at('webhooks'), ({ reinvocationPolicy: policy }, at) =>
      validateOptionalChoice(policy, REINVOCATION_POLICIES, at.at('reinvocationPolicy')),
    ),

  columns: [
    nameColumn,
    column('Webhooks', 'integer', ({ webhooks }) => webhooks?.length ?? 0),
    ageColumn,
  ],
};
