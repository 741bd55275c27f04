import { quote } from '../../machinery/quote.ts';
import type { Exchange } from '../http/exchange.ts';
import type { PathHandler } from '../http/handler.ts';

/** One thing that has to be well. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong, or undefined. */
  check(): string | undefined | Promise<string | undefined>;
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

  /** All that can be asked. */
  paths(): string[] {
    return ENDPOINTS.flatMap((endpoint) => [
      `/${endpoint}`,
      ...this.#checksOf(endpoint).map(({ name }) => `/${endpoint}/${name}`),
    ]);
  }

  handle(exchange: Exchange): boolean {
    const [, endpoint = '', ...rest] = exchange.path.split('/');
    const name = rest.join('/');
    if (!ENDPOINTS.includes(endpoint) || (rest.length > 0 && name === '')) return false;
    const checks = this.#checksOf(endpoint);
    const asked = name ? checks.filter((check) => check.name === name) : checks;
    if (asked.length === 0) return false;
    const answer = name ? answerOne(exchange, asked[0]!) : all(exchange, endpoint, asked);
    answer.catch((error) => exchange.fail(error));
    return true;
  }

  #checksOf = (endpoint: string): HealthCheck[] =>
    this.#checks.filter(({ only }) => only?.includes(endpoint as Endpoint) ?? true);
}

async function answerOne(exchange: Exchange, check: HealthCheck): Promise<void> {
  const problem = await check.check();
  if (problem === undefined) return exchange.sendText(200, 'ok');
  exchange.sendText(500, `internal server error: ${problem}\n`);
}

async function all(
  exchange: Exchange,
  endpoint: string,
  checks: readonly HealthCheck[],
): Promise<void> {
  const query = new URLSearchParams(exchange.query.text);
  const excluded = new Set(query.getAll('exclude'));
  let isWell = true;
  const lineOf = async ({ name, check }: HealthCheck): Promise<string> => {
    if (excluded.has(name)) return `[+]${name} excluded: ok`;
    if ((await check()) === undefined) return `[+]${name} ok`;
    isWell = false;
    return `[-]${name} failed: reason withheld`;
  };
  const lines = await Promise.all(checks.map(lineOf));
  const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    const names = unknown.sort().map(quote).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (isWell && !query.has('verbose')) return exchange.sendText(200, 'ok');
  const verdict = `${endpoint} check ${isWell ? 'passed' : 'failed'}`;
  exchange.sendText(isWell ? 200 : 500, `${lines.join('\n')}\n${verdict}\n`);
}
