import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { isExempt } from './matching.ts';
import type { PolicyParts } from './policies/subject.ts';
import type { Registrations } from './registrations.ts';

type Mutating = typeof import('./policies/mutating.ts');
type Validating = typeof import('./policies/validating.ts');

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
 * Asks the policies that are registered. What that takes is loaded when the first is there, so that
 * a server without any pays for none.
 */
export function registeredPolicies(
  parts: PolicyParts,
  registrations: Registrations,
): AdmissionPlugin {
  const mutating = lazy<Mutating>(() => import('./policies/mutating.ts'));
  const validating = lazy<Validating>(() => import('./policies/validating.ts'));
  return {
    name: 'AdmissionPolicies',
    admit(attributes: AdmissionAttributes) {
      const { mutations } = registrations.current;
      if (mutations.length === 0 || isExempt(attributes)) return undefined;
      return mutating((module) => module.mutateByPolicies(parts, mutations, attributes));
    },
    validate(attributes: AdmissionAttributes) {
      const { validations } = registrations.current;
      if (validations.length === 0 || isExempt(attributes)) return undefined;
      return validating((module) => module.validateByPolicies(parts, validations, attributes));
    },
  };
}
