/** Where a request is answered that the API server only leads on. */
export interface Location {
  /**
   * How it is led there. `text`: its answer is a text that may be long in coming, or an error that
   * we put into a Status. `proxy`: all that comes back is the answer. `stream`: the connection has
   * to be upgraded, and belongs to the two ends from then on.
   */
  readonly mode: 'text' | 'proxy' | 'stream';
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** What is asked for there, with its query. */
  readonly path: string;
  /** The node whose agent it is. We show it our certificate, and see to it that it shows its own. */
  readonly node?: string;
}

/** What beside the address of a request says where it leads. */
export interface ConnectRequest {
  /** As it came, without the question mark. */
  readonly query: string;
  /** The path after the subresource, as it came; undefined when there is none, not even a slash. */
  readonly rest: string | undefined;
}

/** `scheme:name:port`, `name:port` or `name`, as the objects to proxy to are named. */
export interface ProxyName {
  readonly scheme: 'http' | 'https' | undefined;
  readonly name: string;
  /** A number, or the name of a port; empty when not said. */
  readonly port: string;
}

/** Reads the name in the path of a proxy request. Undefined for what can't be one. */
export function parseProxyName(text: string): ProxyName | undefined {
  const parts = text.split(':');
  if (parts.length > 3) return undefined;
  const [scheme, name, port] = parts.length === 3 ? parts : ['', parts[0], parts[1] ?? ''];
  if (!name || (scheme !== '' && scheme !== 'http' && scheme !== 'https')) return undefined;
  return { scheme: scheme || undefined, name, port: port! };
}
