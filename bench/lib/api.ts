import { Agent, request } from 'node:https';
import type { RequestTemplate, Target } from './load/connection.ts';

/** A client for what has to be there before something can be measured. */
export class Api {
  readonly #target: Target;
  readonly #agent: Agent;

  constructor(target: Target) {
    this.#target = target;
    const { ca, cert, key } = target;
    this.#agent = new Agent({ keepAlive: true, ca, cert, key });
  }

  /** Resolves with the body's text. Rejects for an error status, unless it is one of `but`. */
  send(
    { method, path, type = 'application/json', body }: RequestTemplate,
    but: readonly number[] = [],
  ): Promise<string> {
    const headers =
      body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const options = { host: '127.0.0.1', port: this.#target.port, agent: this.#agent };
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, method, path, headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const { statusCode = 0 } = response;
        if (statusCode < 400 || but.includes(statusCode)) return resolve(text);
        reject(new Error(`${method} ${path} was answered ${statusCode}: ${text.slice(0, 500)}`));
      });
      sent.on('error', reject).end(body);
    });
  }

  get(path: string): Promise<string> {
    return this.send({ method: 'GET', path });
  }

  /** Makes an object; one that is there already will do. */
  async ensure(path: string, object: object): Promise<void> {
    await this.send({ method: 'POST', path, body: JSON.stringify(object) }, [409]);
  }

  /** Makes a namespace in which pods can be made. */
  async ensureNamespace(name: string): Promise<void> {
    const namespaces = '/api/v1/namespaces';
    await this.ensure(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    // A controller makes it as well, where one runs; it isn't worth waiting for.
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    await this.ensure(`${namespaces}/${name}/serviceaccounts`, account);
  }

  close(): void {
    this.#agent.destroy();
  }
}
