import type { PathHandler } from './handler.ts';

/** A handler that is loaded when the first request for its paths comes. */
export function lazily(prefix: string, load: () => Promise<PathHandler>): PathHandler {
  let loading: Promise<PathHandler> | undefined;
  return {
    handle(exchange) {
      if (!exchange.path.startsWith(prefix)) return false;
      loading ??= load();
      loading
        .then((handler) => {
          if (!handler.handle(exchange)) exchange.sendText(404, '404 page not found\n');
        })
        .catch((error) => exchange.fail(error));
      return true;
    },
  };
}
