import { assert } from '../base/assert.ts';
import type { Connection } from '../client/http/connection.ts';

/** A connection on which nothing can be written: all but GET is refused before it is sent. */
export const readOnly = (connection: Connection): Connection => ({
  open: async (request) => {
    assert(request.method === 'GET', `${request.method} is no reading`);
    return connection.open(request);
  },
  close: () => connection.close(),
});
