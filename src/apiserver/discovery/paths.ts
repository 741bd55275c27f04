import type { Exchange } from '../http/exchange.ts';
import type { PathHandler } from '../http/handler.ts';
import type { ResourceTable } from '../registry/resource-table.ts';

const FIXED = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  '/apis/',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/version',
];

/** Answers `/` with what else can be asked for, for people who look around. */
export class PathsHandler implements PathHandler {
  readonly #table: ResourceTable;
  readonly #health: readonly string[];

  /** `health` are the paths of health checks, which are told of as well. */
  constructor(table: ResourceTable, health: readonly string[]) {
    this.#table = table;
    this.#health = health;
  }

  handle(exchange: Exchange): boolean {
    if (exchange.path !== '/' && exchange.path !== '/index.html') return false;
    const paths = new Set([...FIXED, ...this.#health]);
    for (const { group, version } of this.#table.list()) {
      if (group !== '') paths.add(`/apis/${group}`);
      paths.add(group === '' ? `/api/${version}` : `/apis/${group}/${version}`);
    }
    const text = JSON.stringify({ paths: [...paths].sort() }, null, 2);
    exchange.send(200, 'application/json', Buffer.from(text));
    return true;
  }
}
