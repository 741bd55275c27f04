/**
 * A pod that can't be run as it is written, or not yet: what it refers to isn't there, or doesn't
 * fit. The message is for users; the container waits with `reason`.
 */
export class PodConfigError extends Error {
  override readonly name = 'PodConfigError';
  readonly reason: string;

  constructor(message: string, reason = 'CreateContainerConfigError') {
    super(message);
    this.reason = reason;
  }
}
