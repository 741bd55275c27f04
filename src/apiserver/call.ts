import type { ApiRequest, User } from '../machinery/api-request.ts';
import type { ServedResource } from './registry/served-resource.ts';

/** One request on its way through the server. */
export interface Call {
  readonly request: ApiRequest;
  readonly user: User;
  readonly resource: ServedResource;
  /** Wall-clock milliseconds: when the request came. The time of all that it writes. */
  readonly now: number;
  /** What to tell the client beside the answer. Added to on the way. */
  readonly warnings: string[];
}

/** Whether the request only asks what would happen. */
export const isDryRun = ({ request: { options } }: Call): boolean => {
  const { dryRun } = options;
  return dryRun !== undefined && dryRun.length > 0;
};

/** What becomes of fields that the kind doesn't have. */
export const fieldValidationOf = ({ request: { options } }: Call): 'Strict' | 'Warn' | 'Ignore' =>
  (options.fieldValidation || 'Warn') as 'Strict' | 'Warn' | 'Ignore';
