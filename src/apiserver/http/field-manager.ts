import type { IncomingMessage } from 'node:http';
import type { ApiRequest } from '../../machinery/api-request.ts';
import { managerNameOf } from '../../machinery/apply/manager-name.ts';

/** The options of a write. Who names no field manager is known by the program's name. */
export function optionsWithManager(
  { headers }: IncomingMessage,
  { options }: ApiRequest,
  isApply: boolean,
): ApiRequest['options'] {
  if (options.fieldManager || isApply) return options; // An apply has to name one.
  const fieldManager = managerNameOf(undefined, headers['user-agent']) || 'unknown';
  return { ...options, fieldManager };
}
