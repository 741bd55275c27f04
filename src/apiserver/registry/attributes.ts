import type { Draft, KubeObject } from '../../machinery/object.ts';
import type {
  AdmissionAttributes,
  AdmissionOperation,
  ObjectKind,
} from '../admission/admission.ts';
import { type Call, isDryRun } from '../call.ts';
import type { RegistryParts } from './parts.ts';

/** What admission is told of a write. */
export const attributesOf = (
  call: Call,
  operation: AdmissionOperation,
  object: Draft<KubeObject> | undefined,
  oldObject: KubeObject | undefined,
): AdmissionAttributes => ({
  operation,
  definition: call.resource.definition,
  resource: call.resource,
  subresource: call.request.subresource,
  namespace: call.request.namespace,
  name: call.request.name ?? object?.metadata.name ?? '',
  object,
  oldObject,
  user: call.user,
  dryRun: isDryRun(call),
  warnings: call.warnings,
  options: call.request.options,
});

/**
 * Asks admission about what a subresource is sent that isn't its object: an eviction, or where to
 * connect to. Undefined when nobody has to be waited for.
 */
export function admitSpoken(
  { admission }: RegistryParts,
  call: Call,
  operation: 'CREATE' | 'CONNECT',
  kind: ObjectKind,
  object: Draft<KubeObject>,
): Promise<void> | undefined {
  const attributes = { ...attributesOf(call, operation, object, undefined), kind };
  const admitting = admission.admit(attributes);
  if (admitting !== undefined) return admitting.then(() => admission.validate(attributes));
  return admission.validate(attributes) ?? undefined;
}
