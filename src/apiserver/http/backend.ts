import { type ClientRequest, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import type { PeerCertificate } from 'node:tls';
import type { Location } from '../connect/location.ts';

/** By what we and the agents of nodes know each other. All PEM. */
export interface NodeCredentials {
  /** Our certificate as a client. */
  readonly cert: string;
  readonly key: string;
  /** The authority that has signed the agents' certificates. */
  readonly ca: string;
}

export type BackendRequest = Pick<RequestOptions, 'method' | 'headers'>;

/** Begins a request to where a location points, over a connection of its own. */
export function requestBackend(
  location: Location,
  credentials: NodeCredentials | undefined,
  { method, headers }: BackendRequest,
): ClientRequest {
  const { scheme, host, port, path, node } = location;
  const options: RequestOptions = { host, port, path, method, headers, agent: false };
  if (scheme === 'http') return requestHttp(options);
  // What pods and services show of themselves is made up by them, and tells nobody anything.
  if (node === undefined) return requestHttps({ ...options, rejectUnauthorized: false });
  return requestHttps({
    ...options,
    ...credentials,
    servername: '',
    checkServerIdentity: (_, certificate) => checkAgent(node, certificate),
  });
}

function checkAgent(node: string, { subject }: PeerCertificate): Error | undefined {
  const expected = `system:node:${node}`;
  if (subject.CN === expected) return undefined;
  return new Error(`certificate is for ${subject.CN}, not ${expected}`);
}
