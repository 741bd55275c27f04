import { createHash } from 'node:crypto';
import { definitions } from '../../src/api/definitions.ts';
import { createApiServer } from '../../src/apiserver/api-server.ts';
import { bootstrap } from '../../src/apiserver/bootstrap.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import type { Heart } from '../../src/apiserver/heart.ts';
import { encodeJson } from '../../src/apiserver/http/encode.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { ApiAnswer, ApiRequest, WatchEvent } from '../../src/machinery/api-request.ts';
import { parseJson } from '../../src/machinery/json-text.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';

// What a request costs from its text to the bytes of its answer, without sockets and disk. Run it
// by itself for the full size; the tests run it tiny, so that it doesn't rot.

/** How much to do. Medians are over `rounds`, in which everything takes turns. */
export interface ApiServerBenchSize {
  readonly rounds: number;
  /** Requests of each sort in a round. */
  readonly requests: number;
  /** Pods that are there from the start, and are listed. */
  readonly pods: number;
  readonly watchers: number;
}

const FULL: ApiServerBenchSize = { rounds: 9, requests: 2000, pods: 1000, watchers: 100 };

/** One figure, in microseconds of CPU. Equal work gives an equal hash. */
export interface Measurement {
  readonly bench: 'apiserver';
  readonly measure: string;
  readonly value: number;
  readonly unit: 'us/op';
  readonly hash: string;
}

const ADMIN = { name: 'admin', groups: ['system:masters'] };
const NAMESPACE = 'default';
/** Where pods are created that nobody lists or watches. */
const ASIDE = 'kube-public';

const podText = (name: string, image: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'load' } },
    spec: {
      schedulerName: 'nobody',
      containers: [
        {
          name: 'main',
          image,
          resources: { requests: { cpu: '100m' } },
        },
      ],
    },
  });

/** A pod that but for its name is like all others, as if from a template. */
const likePod = (i: number): string => podText(`item-${i}`, 'registry.k8s.io/pause:3.10');
/** A pod that no other is like. */
const ownPod = (i: number): string => podText(`own-${i}`, `registry.k8s.io/image-${i}:1`);

type Asked = Pick<ApiRequest, 'verb'> & Partial<ApiRequest>;
type Send = (request: Asked) => ApiAnswer | Promise<ApiAnswer>;

interface Started {
  readonly heart: Heart;
  readonly store: Store<KubeObject>;
  readonly send: Send;
}

async function startHeart(): Promise<Started> {
  const store = createMemoryStore(objectCodec);
  const { heart } = createApiServer({
    clock: new VirtualClock(),
    random: seededRandom(1),
    logger: silentLogger,
    store,
    definitions,
  });
  await bootstrap(heart);
  const options = { fieldManager: 'load' };
  const base = { group: '', version: 'v1', plural: 'pods', namespace: NAMESPACE, options };
  const send: Send = (request) => heart.handle({ ...base, ...request }, ADMIN);
  const body = { metadata: { name: 'default' } };
  for (const namespace of [NAMESPACE, ASIDE]) {
    await send({ verb: 'create', plural: 'serviceaccounts', namespace, body });
  }
  return { heart, store, send };
}

/** The work to measure. */
interface Work {
  /** What has to be there meanwhile; gives what ends it. Isn't measured. */
  open?(): () => void;
  /** `i` is the number of the request, of all requests of its sort. */
  run(i: number): Promise<Buffer> | Buffer;
}

function tasksOf(started: Started, { pods, watchers }: ApiServerBenchSize) {
  const { send } = started;
  const bytes = ({ object }: ApiAnswer): Buffer => encodeJson(object);
  const name = (i: number): string => `item-${i % pods}`;
  const createOf = async (text: string, namespace: string) =>
    bytes(await send({ verb: 'create', namespace, body: parseJson(text).value }));
  const create = (i: number, namespace: string) => createOf(likePod(i), namespace);
  const patch = async (i: number, label: string) => {
    const body = { metadata: { labels: { [label]: `v${i}` } } };
    return bytes(await send({ verb: 'patch', patchType: 'merge', name: name(i), body }));
  };
  const apply = async (i: number) => {
    const metadata = { name: name(i), labels: { applied: `v${i}` } };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata };
    const options = { fieldManager: 'applier', force: true };
    const request = { patchType: 'apply', name: name(i), body, options } as const;
    return bytes(await send({ verb: 'patch', ...request }));
  };
  const tasks: Record<string, Work> = {
    create: { run: (i) => create(i, ASIDE) },
    'create of no template': { run: (i) => createOf(ownPod(i), ASIDE) },
    get: { run: (i) => bytes(send({ verb: 'get', name: name(i) }) as ApiAnswer) },
    'merge patch': { run: (i) => patch(i, 'merged') },
    apply: { run: apply },
    [`list of ${pods}`]: { run: () => bytes(send({ verb: 'list' }) as ApiAnswer) },
    [`merge patch under ${watchers} watches`]: watched(started, watchers, (i) => patch(i, 'seen')),
  };
  return { tasks, create };
}

/** The same work while others watch: until each of them has the event. */
function watched({ heart, store }: Started, watchers: number, work: Work['run']): Work {
  let missing = 0;
  let seenByAll = (): void => {};
  const sink = {
    next(_event: WatchEvent) {
      if (--missing === 0) seenByAll();
    },
    end() {},
  };
  return {
    open() {
      const options = { resourceVersion: String(store.revision) };
      const base = { group: '', version: 'v1', plural: 'pods', namespace: NAMESPACE };
      const request: ApiRequest = { ...base, verb: 'watch', options };
      const cancels = Array.from({ length: watchers }, () => heart.watch(request, ADMIN, sink));
      return () => {
        for (const cancel of cancels) cancel();
      };
    },
    async run(i) {
      missing = watchers;
      const seen = new Promise<void>((resolve) => {
        seenByAll = resolve;
      });
      const bytes = await work(i);
      await seen;
      return bytes;
    },
  };
}

/** Measures everything at the given size. */
export async function benchApiServer(size: ApiServerBenchSize): Promise<Measurement[]> {
  const { tasks, create } = tasksOf(await startHeart(), size);
  for (let i = 0; i < size.pods; i++) await create(i, NAMESPACE);
  const entries = Object.entries(tasks);
  const times = new Map<string, number[]>(entries.map(([measure]) => [measure, []]));
  const hashes = new Map(entries.map(([measure]) => [measure, createHash('sha1')]));
  for (let round = 0; round < size.rounds + 2; round++) {
    for (const [measure, work] of entries) {
      const isRare = measure.startsWith('list') || measure.includes('watches');
      const count = isRare ? Math.ceil(size.requests / 50) : size.requests;
      let last: Buffer = Buffer.alloc(0);
      const end = work.open?.();
      const before = process.cpuUsage();
      for (let i = 0; i < count; i++) last = await work.run(round * size.requests + i);
      const { user, system } = process.cpuUsage(before);
      end?.();
      if (round >= 2) times.get(measure)!.push((user + system) / count);
      hashes.get(measure)!.update(last);
    }
  }
  return entries.map(([measure]) => {
    const values = times.get(measure)!.sort((a, b) => a - b);
    const value = Number((values[values.length >> 1] ?? 0).toPrecision(3));
    const hash = hashes.get(measure)!.digest('hex').slice(0, 8);
    return { bench: 'apiserver', measure, value, unit: 'us/op', hash };
  });
}

if (import.meta.main) {
  for (const measurement of await benchApiServer(FULL)) {
    process.stdout.write(`${JSON.stringify({ ...measurement, ...FULL })}\n`);
  }
}
