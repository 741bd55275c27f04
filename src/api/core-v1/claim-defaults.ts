import type { Draft } from '../../machinery/object.ts';
import { part } from '../drafts.ts';
import type { PersistentVolumeClaimSpec } from '../generated/core/v1/types.ts';
import { roundUpResources } from './resource-list.ts';

/** Fills in the spec of a claim, its own or in a template. */
export function defaultClaimSpec(spec: Draft<PersistentVolumeClaimSpec>): void {
  spec.volumeMode ||= 'Filesystem';
  const { limits, requests } = part(spec, 'resources');
  if (limits) roundUpResources(limits);
  if (requests) roundUpResources(requests);
}
