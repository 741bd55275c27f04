import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { AdmissionAttributes, AdmissionOperation } from '../admission/admission.ts';
import { type Call, isDryRun } from '../call.ts';

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
