import type { IncomingMessage } from 'node:http';
import type { ApiRequest } from '../../machinery/api-request.ts';

/** The options of a write. Who names no field manager is known by the program's name. */
export function optionsWithManager(
  { headers }: IncomingMessage,
  { options }: ApiRequest,
  isApply: boolean,
): ApiRequest['options'] {
  if (options.fieldManager || isApply) return options; // An apply has to name one.
  const agent = headers['user-agent'];
  if (!agent) return { ...options, fieldManager: 'unknown' };
  const [program = ''] = agent.split('/', 1);
  const printable = program.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '').slice(0, 128);
  return { ...options, fieldManager: printable || 'unknown' };
}
