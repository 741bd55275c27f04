import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Exchange } from '../http/exchange.ts';
import type { PathHandler } from '../http/handler.ts';
import type { RegistryParts } from '../registry/parts.ts';
import { DURATION_BOUNDS, type RequestCount, type RequestMeter, scopeOf } from './request-meter.ts';

/** Answers `/metrics`, in the text format of Prometheus and under the names that Kubernetes gives. */
export class MetricsHandler implements PathHandler {
  readonly #registry = new Registry();

  constructor(meter: RequestMeter, parts: Pick<RegistryParts, 'store' | 'table'>) {
    collectDefaultMetrics({ register: this.#registry });
    for (const metric of [...requestMetrics(meter), ...storeMetrics(parts)]) {
      this.#registry.registerMetric(metric as unknown as Metric);
    }
  }

  handle(exchange: Exchange): boolean {
    if (exchange.path !== '/metrics') return false;
    this.#registry.metrics().then(
      (text) => exchange.send(200, this.#registry.contentType, Buffer.from(text)),
      (error) => exchange.fail(error),
    );
    return true;
  }
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** A metric whose samples are made when it is asked for; what the library calls a metric. */
const metric = (
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: () => Iterable<Sample>,
) => ({ name, help, type, get: async () => ({ name, help, type, values: [...samples()] }) });

const VERBS: Readonly<Record<RequestCount['request']['verb'], string>> = {
  create: 'POST',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
  get: 'GET',
  list: 'LIST',
  patch: 'PATCH',
  update: 'PUT',
  watch: 'WATCH',
};

function labelsOf({ request }: RequestCount): Record<string, string> {
  const { verb, group, version, plural, subresource = '' } = request;
  return {
    component: 'apiserver',
    group,
    resource: plural,
    scope: scopeOf(request),
    subresource,
    verb: VERBS[verb],
    version,
  };
}

const requestMetrics = (meter: RequestMeter) => [
  metric('apiserver_request_total', 'counter', 'Requests, by what they were answered.', () =>
    Array.from(meter.counts, (count) => ({
      labels: { code: count.code, ...labelsOf(count) },
      value: count.count,
    })),
  ),
  metric(
    'apiserver_request_duration_seconds',
    'histogram',
    'How long requests took, without watches and streams.',
    () => durations(meter),
  ),
  metric('apiserver_current_inflight_requests', 'gauge', 'Requests that are under way.', () => [
    { labels: {}, value: meter.current },
  ]),
  metric('apiserver_longrunning_requests', 'gauge', 'Watches and streams that are open.', () => [
    { labels: {}, value: meter.longRunning },
  ]),
];

function* durations(meter: RequestMeter): Iterable<Sample> {
  const name = 'apiserver_request_duration_seconds';
  for (const count of meter.counts) {
    if (count.request.verb === 'watch') continue;
    const labels = { code: count.code, ...labelsOf(count) };
    let total = 0;
    for (const [i, inBucket] of count.buckets.entries()) {
      total += inBucket;
      const le = DURATION_BOUNDS[i] ?? '+Inf';
      yield { labels: { le, ...labels }, value: total, metricName: `${name}_bucket` };
    }
    yield { labels, value: count.sumSeconds, metricName: `${name}_sum` };
    yield { labels, value: total, metricName: `${name}_count` };
  }
}

const storeMetrics = ({ store, table }: Pick<RegistryParts, 'store' | 'table'>) => [
  metric('apiserver_storage_objects', 'gauge', 'Objects that are stored, by their kind.', () => {
    const snapshot = store.snapshot();
    const prefixes = new Map(
      table
        .list()
        .filter(({ definition }) => !definition.virtual)
        .map(({ keyPrefix, plural, group }) => [keyPrefix, group ? `${plural}.${group}` : plural]),
    );
    return Array.from(prefixes, ([prefix, resource]) => ({
      labels: { resource },
      value: snapshot.count(prefix),
    }));
  }),
  metric('tutti_store_revision', 'gauge', 'The newest durable revision of the store.', () => [
    { labels: {}, value: store.revision },
  ]),
];
