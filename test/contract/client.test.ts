import { clientContract } from './client.ts';

// Goal: whoever holds a client needn't know how it reaches the server.

clientContract({
  name: 'in process',
  reach: (served, user) => served.inProcess(user),
});
clientContract({
  name: 'HTTP',
  reach: (served, user) => served.overHttp(user),
});
