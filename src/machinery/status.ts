/** One thing that is wrong with a request, and where: an entry of `details.causes`. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The `v1` Status object, the body of every error answer. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** HTTP code by reason. The one table; from `metav1.StatusReason`. */
const STATUS_CODES = {
  '': 500,
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  Gone: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500, // Not 504: that is what Kubernetes sends.
  StoreReadError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof STATUS_CODES;

/** A failure that crosses the wire: the API edge renders it, the client rebuilds the same. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly reason: StatusReason;
  readonly details: StatusDetails | undefined;
  readonly code: number;
  /** What else to tell the client; set by who had something to say before it came to the error. */
  warnings: readonly string[] | undefined;

  constructor(reason: StatusReason, message: string, details?: StatusDetails, code?: number) {
    super(message);
    this.reason = reason;
    this.details = details;
    this.code = code ?? STATUS_CODES[reason];
  }

  toStatus(): Status {
    const { message, reason, details, code } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason && { reason }),
      ...(details && { details }),
      code,
    };
  }

  static from(status: Status): StatusError {
    const { reason, message = 'unknown', details, code } = status;
    return new StatusError(reason ?? '', message, details, code);
  }
}

export function isStatusError(error: unknown, ...reasons: StatusReason[]): error is StatusError {
  return error instanceof StatusError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** A resource as messages name it: `deployments.apps`, or `pods` in the core group. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

export const groupResource = ({ group, plural }: GroupResource): string =>
  group ? `${plural}.${group}` : plural;

const about = ({ group, plural }: GroupResource, name: string): StatusDetails => ({
  ...(name && { name }),
  ...(group && { group }),
  kind: plural,
});

export const notFound = (resource: GroupResource, name: string): StatusError =>
  new StatusError(
    'NotFound',
    `${groupResource(resource)} "${name}" not found`,
    about(resource, name),
  );

export const alreadyExists = (resource: GroupResource, name: string): StatusError =>
  new StatusError(
    'AlreadyExists',
    `${groupResource(resource)} "${name}" already exists`,
    about(resource, name),
  );

export const conflict = (resource: GroupResource, name: string, why: string): StatusError =>
  new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${groupResource(resource)} "${name}": ${why}`,
    about(resource, name),
  );

export const forbidden = (resource: GroupResource, name: string, why: string): StatusError =>
  new StatusError(
    'Forbidden',
    `${groupResource(resource)} ${name ? `"${name}" ` : ''}is forbidden: ${why}`,
    about(resource, name),
  );

export const badRequest = (message: string): StatusError => new StatusError('BadRequest', message);

export const expired = (message: string): StatusError => new StatusError('Expired', message);
