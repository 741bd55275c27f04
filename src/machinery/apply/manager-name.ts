import { isPrintable } from '../quote.ts';

const NAME_MAX_BYTES = 128;

/**
 * Under what name a request owns fields: the one it gives, or else the first word of its user
 * agent, without what can't be printed, at most 128 bytes.
 */
export function managerNameOf(fieldManager: string | undefined, userAgent = ''): string {
  if (fieldManager) return fieldManager;
  let name = '';
  let bytes = 0;
  for (const character of userAgent.split('/', 1)[0]!) {
    if (!isPrintable(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > NAME_MAX_BYTES) break;
    name += character;
  }
  return name;
}
