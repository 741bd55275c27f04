import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { invalid } from '../../machinery/field-error.ts';
import type { Draft } from '../../machinery/object.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { resourceClaims as resource } from '../generated/resource/v1/resources.ts';
import type { ResourceClaim } from '../generated/resource/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf } from '../shapes.ts';
import { validateAllocation } from './allocation-rules.ts';
import { validateClaimStatus } from './claim-status-rules.ts';
import { requestNamesOf, setClaimDefaults, validateClaim } from './request-rules.ts';
import { loadSelectorCheck, selectorsOf } from './selector-rules.ts';

const shape = shapeOf(resource);
const specShape = shape.fieldsByName.get('spec')!.type as MessageShape;
const statusShape = shape.fieldsByName.get('status')!.type as MessageShape;
const allocationShape = statusShape.fieldsByName.get('allocation')!.type as MessageShape;

interface AllocatedDevice {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
}

function stateOf({ metadata, status }: ResourceClaim): string {
  const states: string[] = [];
  if (metadata.deletionTimestamp) states.push('deleted');
  if (status.allocation) states.push('allocated');
  else if (!metadata.deletionTimestamp) states.push('pending');
  if (status.reservedFor?.length) states.push('reserved');
  return states.join(',');
}

/** What drivers said of devices goes with the devices. */
function dropFreed({ status }: Draft<ResourceClaim>, previous: ResourceClaim): void {
  if (!status?.devices) return;
  const before = allocatedTo(previous);
  const after = allocatedTo({ status } as ResourceClaim);
  const kept = status.devices.filter((device) => {
    const key = deviceKey(device);
    return !before.has(key) || after.has(key);
  });
  if (kept.length > 0) status.devices = kept;
  else delete status.devices;
}

const deviceKey = ({ driver, pool, device }: AllocatedDevice): string =>
  [driver, pool, device].join('/');

const allocatedTo = ({ status }: ResourceClaim): ReadonlySet<string> =>
  new Set((status.allocation?.devices?.results ?? []).map(deviceKey));

/** Devices that somebody asked for, and those they got. What was asked for can't change. */
export const resourceClaims: ResourceDefinition<ResourceClaim> = {
  ...resource,
  shape,
  deleteAnswersObject: true,

  defaults(draft) {
    setClaimDefaults(part(part(draft, 'spec'), 'devices'));
  },
  load: ({ spec }) => loadSelectorCheck(selectorsOf(spec.devices)),
  validateCreate: ({ spec }, { path }) => validateClaim(spec.devices, path.at('spec', 'devices')),
  validateUpdate: ({ spec }, previous, { path }) =>
    isSemanticallyEqual(spec, previous.spec)
      ? []
      : [invalid(path.at('spec'), goStruct(specShape, spec), 'field is immutable')],
  status: {
    keepsMetadata: true,
    prepareUpdate: dropFreed,
    validateUpdate(claim, previous, { path }) {
      const { allocation } = claim.status;
      const at = path.at('status', 'allocation');
      const errors = validateClaimStatus(claim, previous, path.at('status'));
      if (!allocation) return errors;
      if (!previous.status.allocation) {
        const names = requestNamesOf(claim.spec.devices);
        return [...errors, ...validateAllocation(allocation, names, at)];
      }
      if (isSemanticallyEqual(allocation, previous.status.allocation)) return errors;
      const shown = goStruct(allocationShape, allocation);
      return [...errors, invalid(at, shown, 'field is immutable')];
    },
  },

  columns: [nameColumn, column('State', 'string', stateOf), ageColumn],
};
