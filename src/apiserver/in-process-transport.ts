import type { Transport } from '../client/client.ts';
import type { ApiAnswer, User } from '../machinery/api-request.ts';
import { StatusError } from '../machinery/status.ts';
import type { Heart } from './heart.ts';

/**
 * Reaches an API server in the same process as `user`, through the same authorization and
 * admission as all others, without encoding: what comes back is shared and frozen.
 */
export function createInProcessTransport(heart: Heart, user: User): Transport {
  return {
    async send(request, signal): Promise<ApiAnswer> {
      signal?.throwIfAborted();
      return heart.handle(request, user);
    },
    watch(request, sink) {
      try {
        return heart.watch(request, user, sink);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        let isCancelled = false;
        queueMicrotask(() => {
          if (!isCancelled) sink.end(error);
        });
        return () => {
          isCancelled = true;
        };
      }
    },
  };
}
