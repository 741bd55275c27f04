import type { AdmissionAttributes } from './admission.ts';

/** Whether a pod is to be created. */
export const isPodCreate = (attributes: AdmissionAttributes): boolean =>
  attributes.operation === 'CREATE' && isPod(attributes) && attributes.subresource === undefined;

/** Whether it is about a pod. */
export const isPod = ({ definition: { group, plural } }: AdmissionAttributes): boolean =>
  plural === 'pods' && group === '';
