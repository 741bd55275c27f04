import { isStatusError, type StatusReason } from '../machinery/status.ts';

/** Answers after which nothing has been written. */
const REFUSALS: readonly StatusReason[] = [
  'BadRequest',
  'Unauthorized',
  'Forbidden',
  'NotFound',
  'MethodNotAllowed',
  'NotAcceptable',
  'AlreadyExists',
  'Conflict',
  'Expired',
  'Gone',
  'RequestEntityTooLarge',
  'UnsupportedMediaType',
  'Invalid',
  'TooManyRequests',
  'ServiceUnavailable',
];

/** Whether a write that failed with this may have landed nevertheless: its outcome isn't known. */
export const mayHaveWritten = (error: unknown): boolean => !isStatusError(error, ...REFUSALS);

/** Whether something can't be created because its namespace is going away: no retry will help. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  isStatusError(error, 'Forbidden') &&
  (error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false);
