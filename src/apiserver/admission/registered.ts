import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { isPolicy, isPolicyOrWebhook } from './matching.ts';
import type { Registrations } from './registrations.ts';
import type { WebhookParts } from './webhooks/calling.ts';

type Mutating = typeof import('./policies/mutating.ts');
type Validating = typeof import('./policies/validating.ts');
type MutatingWebhooks = typeof import('./webhooks/mutating.ts');
type ValidatingWebhooks = typeof import('./webhooks/validating.ts');

/** Loads a module once; later it is there at once. */
function lazy<T>(load: () => Promise<T>): <R>(use: (module: T) => R) => R | Promise<Awaited<R>> {
  let loaded: T | undefined;
  return (use) => {
    if (loaded !== undefined) return use(loaded);
    return load().then((module) => {
      loaded = module;
      return use(module) as never;
    });
  };
}

/**
 * Asks the policies and webhooks that are registered, policies first. What that takes is loaded
 * when the first is there, so that a server without any pays for none.
 */
export function registeredAdmission(
  parts: WebhookParts,
  registrations: Registrations,
): AdmissionPlugin[] {
  return [policies(parts, registrations), webhooks(parts, registrations)];
}

function policies(parts: WebhookParts, registrations: Registrations): AdmissionPlugin {
  const mutating = lazy<Mutating>(() => import('./policies/mutating.ts'));
  const validating = lazy<Validating>(() => import('./policies/validating.ts'));
  return {
    name: 'AdmissionPolicies',
    isForAllKinds: true,
    admit(attributes: AdmissionAttributes) {
      const { mutations } = registrations.current;
      if (mutations.length === 0 || isPolicy(attributes)) return undefined;
      return mutating((module) => module.mutateByPolicies(parts, mutations, attributes));
    },
    validate(attributes: AdmissionAttributes) {
      const { validations } = registrations.current;
      if (validations.length === 0 || isPolicy(attributes)) return undefined;
      return validating((module) => module.validateByPolicies(parts, validations, attributes));
    },
  };
}

function webhooks(parts: WebhookParts, registrations: Registrations): AdmissionPlugin {
  const mutating = lazy<MutatingWebhooks>(() => import('./webhooks/mutating.ts'));
  const validating = lazy<ValidatingWebhooks>(() => import('./webhooks/validating.ts'));
  return {
    name: 'AdmissionWebhooks',
    isForAllKinds: true,
    admit(attributes: AdmissionAttributes) {
      const { mutatingWebhooks } = registrations.current;
      if (mutatingWebhooks.length === 0 || isPolicyOrWebhook(attributes)) return undefined;
      return mutating((module) => module.mutateByWebhooks(parts, mutatingWebhooks, attributes));
    },
    validate(attributes: AdmissionAttributes) {
      const { validatingWebhooks } = registrations.current;
      if (validatingWebhooks.length === 0 || isPolicyOrWebhook(attributes)) return undefined;
      return validating((module) =>
        module.validateByWebhooks(parts, validatingWebhooks, attributes),
      );
    },
  };
}
