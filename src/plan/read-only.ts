import { assert } from '../base/assert.ts';
import type { Connection } from '../client/http/connection.ts';

/**
 * A connection on which nothing can be written, whatever is asked of it: all methods but GET are
 * refused before they reach the wire. Where `dryRuns` are allowed, a PATCH that says `dryRun=All`
 * passes, too: the server checks it and stores nothing.
 */
export function readOnly(
  connection: Connection,
  { dryRuns = false }: { readonly dryRuns?: boolean } = {},
): Connection {
  return {
    open: async (request) => {
      const { method, path } = request;
      assert(method === 'GET' || (dryRuns && isDryRun(method, path)), `${method} is no reading`);
      return connection.open(request);
    },
    close: () => connection.close(),
  };
}

function isDryRun(method: string, path: string): boolean {
  const query = new URLSearchParams(path.slice(path.indexOf('?') + 1));
  return method === 'PATCH' && path.includes('?') && query.getAll('dryRun').join() === 'All';
}
