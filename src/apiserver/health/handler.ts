import type { Exchange } from '../http/exchange.ts';
import type { PathHandler } from '../http/handler.ts';

/** One thing that has to be well. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong, or undefined. */
  check(): string | undefined;
  /** For which questions it counts; all of them unless said. */
  readonly only?: readonly Endpoint[];
}

type Endpoint = 'healthz' | 'livez' | 'readyz';

const ENDPOINTS: readonly string[] = ['healthz', 'livez', 'readyz'] satisfies Endpoint[];

/** Answers `/healthz`, `/livez` and `/readyz`, all checks together or one by its name. */
export class HealthHandler implements PathHandler {
  readonly #checks: readonly HealthCheck[];

  constructor(checks: readonly HealthCheck[]) {
    this.#checks = checks;
  }

  handle(exchange: Exchange): boolean {
    const [, endpoint = '', name, ...rest] = exchange.path.split('/');
    if (!ENDPOINTS.includes(endpoint) || rest.length > 0) return false;
    const checks = this.#checks.filter(({ only }) => only?.includes(endpoint as Endpoint) ?? true);
    if (name) return this.#one(exchange, checks, endpoint, name);
    this.#all(exchange, checks, endpoint);
    return true;
  }

  #one(
    exchange: Exchange,
    checks: readonly HealthCheck[],
    endpoint: string,
    name: string,
  ): boolean {
    const check = checks.find((each) => each.name === name);
    if (check === undefined) return false;
    const problem = check.check();
    if (problem === undefined) exchange.sendText(200, 'ok');
    else exchange.sendText(500, `internal server error: ${problem}\n${endpoint} check failed\n`);
    return true;
  }

  #all(exchange: Exchange, checks: readonly HealthCheck[], endpoint: string): void {
    const query = new URLSearchParams(exchange.query.text);
    const excluded = new Set(query.getAll('exclude'));
    const lines: string[] = [];
    let isWell = true;
    for (const check of checks) {
      if (excluded.has(check.name)) {
        lines.push(`[+]${check.name} excluded: ok`);
        continue;
      }
      const problem = check.check();
      if (problem !== undefined) isWell = false;
      lines.push(problem ? `[-]${check.name} failed: reason withheld` : `[+]${check.name} ok`);
    }
    if (isWell && !query.has('verbose')) return exchange.sendText(200, 'ok');
    const verdict = `${endpoint} check ${isWell ? 'passed' : 'failed'}`;
    exchange.sendText(isWell ? 200 : 500, `${lines.join('\n')}\n${verdict}\n`);
  }
}
