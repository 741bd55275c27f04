import type { Status } from '../../machinery/status.ts';

/** What the creation of something answers that isn't an object. */
export const createdStatus = (): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
});
