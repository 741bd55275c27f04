import { Agent, request as requestHttps } from 'node:https';
import type { RequestTemplate, Response, Target } from './connection.ts';

/**
 * A client as programs on Node have it: `node:https` with connections that are kept. It costs several
 * times what `Connection` does, and the figures of Kubernetes were had with such.
 */
export class NodeClient {
  readonly #target: Target;
  readonly #agent: Agent;

  constructor(target: Target) {
    this.#target = target;
    const { ca, cert, key } = target;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key });
  }

  /** Sends the i-th request and resolves with its response. Rejects for an error status. */
  send(template: RequestTemplate, i: number): Promise<Response> {
    const { method, path, type = 'application/json', body } = template;
    const text = body?.replaceAll('{i}', String(i));
    const about = text && { 'content-type': type, 'content-length': Buffer.byteLength(text) };
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const options = {
      host: '127.0.0.1',
      port: this.#target.port,
      agent: this.#agent,
      method,
      path: path.replaceAll('{i}', String(i)),
      headers: { accept: 'application/json', ...about },
    };
    const asked = requestHttps(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const status = response.statusCode ?? 0;
      if (status < 400) resolve({ status, bytes: bytes.length });
      else reject(new Error(`${method} ${options.path}: ${status} ${bytes.subarray(0, 500)}`));
    });
    asked.on('error', reject);
    asked.end(text);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
