import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { leases as resource } from '../generated/coordination/v1/resources.ts';
import type { Lease, LeaseSpec } from '../generated/coordination/v1/types.ts';
import { shapeOf } from '../shapes.ts';

function validateSpec(spec: LeaseSpec, path: FieldPath): FieldError[] {
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  const errors: FieldError[] = [];
  if (seconds !== undefined && seconds <= 0) {
    errors.push(invalid(path.at('leaseDurationSeconds'), seconds, 'must be greater than 0'));
  }
  if (transitions !== undefined && transitions < 0) {
    const detail = 'must be greater than or equal to 0';
    errors.push(invalid(path.at('leaseTransitions'), transitions, detail));
  }
  return errors;
}

/** Coordinated election has a feature gate that isn't open, so its fields are dropped. */
function dropElection({ spec }: Draft<Lease>): void {
  delete spec.strategy;
  delete spec.preferredHolder;
}

/** Who holds something at the moment, and for how long unless they renew it. */
export const leases: ResourceDefinition<Lease> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  createOnUpdate: true,
  conditionalUpdateOnly: true,
  defaults: (draft) => void part(draft, 'spec'),
  prepareCreate: dropElection,
  prepareUpdate: dropElection,
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  columns: [
    nameColumn,
    column('Holder', 'string', ({ spec }) => spec.holderIdentity ?? ''),
    ageColumn,
  ],
};
