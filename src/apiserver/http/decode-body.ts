import type { PatchType } from '../../machinery/api-request.ts';
import { PATCH_MEDIA_TYPES } from '../../machinery/api-request.ts';
import { badRequest } from '../../machinery/status.ts';
import { JSON_TYPE, unsupportedMediaType } from './negotiation.ts';

const PATCH_TYPES = new Map(
  Object.entries(PATCH_MEDIA_TYPES).map(([type, media]) => [media, type as PatchType]),
);

/** The media type of a Content-Type header, without its parameters. */
export function mediaTypeOf(header: string | undefined): string {
  if (!header) return '';
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

/** The dialect of a patch. Throws UnsupportedMediaType when it is none of the known. */
export function patchTypeOf(header: string | undefined): PatchType {
  const type = PATCH_TYPES.get(mediaTypeOf(header));
  if (type === undefined) throw unsupportedMediaType();
  return type;
}

/** The plain data in a body. Throws a StatusError that says why there is none. */
export function decodeBody(bytes: Buffer, header: string | undefined): unknown {
  const type = mediaTypeOf(header) || JSON_TYPE;
  if (type !== JSON_TYPE && !type.endsWith('+json') && !type.endsWith('+yaml')) {
    throw unsupportedMediaType();
  }
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}
