// Goal: what the cache shows is never older than what it showed before, and costs no more calls
// than there are changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type {
  ContainerFilter,
  ContainerStatus,
  ContainerSummary,
  PodSandboxStatus,
  SandboxFilter,
} from '../runtime/cri-types.ts';
import { RuntimeCache } from './runtime-cache.ts';
import { containerAnnotations, containerLabels, podLabels } from './spec/labels.ts';
import { podOf, sandboxOf } from './testing.ts';

const POD = podOf({}, {});
const MAIN = { name: 'main', image: 'app:1', terminationMessagePath: '/last' };

/** A runtime that has what it is told, and whose lists wait to be let go. */
class StubRuntime {
  sandboxes: PodSandboxStatus[] = [{ ...sandboxOf(), labels: podLabels(POD, 'me') }];
  containers: ContainerStatus[] = [];
  readonly calls: string[] = [];
  gate: Promise<void> = Promise.resolve();

  listPodSandboxes = async (filter?: SandboxFilter) => {
    const found = this.sandboxes.filter((each) => isMeant(each, filter));
    await this.gate;
    return found;
  };
  listContainers = async (filter?: ContainerFilter): Promise<ContainerSummary[]> => {
    const found = this.containers.filter((each) => isMeant(each, filter));
    await this.gate;
    return found.map((each) => ({ ...each, sandboxId: 'sandbox-0' }));
  };
  podSandboxStatus = async (id: string) => {
    this.calls.push(id);
    return this.sandboxes.find((each) => each.id === id);
  };
  containerStatus = async (id: string) => {
    this.calls.push(id);
    return this.containers.find((each) => each.id === id);
  };
}

type Labels = Readonly<Record<string, string>>;

const isMeant = ({ labels }: { labels: Labels }, filter: { labels?: Labels } = {}): boolean =>
  Object.entries(filter.labels ?? {}).every(([key, value]) => labels[key] === value);

const status = (id: string, state: ContainerStatus['state'], more = {}): ContainerStatus => ({
  id,
  metadata: { name: 'main', attempt: 0 },
  state,
  createdAt: 1000,
  exitCode: state === 'exited' ? 1 : 0,
  reason: '',
  message: '',
  image: 'app:1',
  imageRef: '',
  imageId: '',
  labels: containerLabels(POD, MAIN, 'me'),
  annotations: containerAnnotations(POD, MAIN, 2),
  logPath: '/log',
  mounts: [
    { hostPath: '/host/last', containerPath: '/last', readOnly: false, propagation: 'private' },
  ],
  ...more,
});

function cacheOf(stub: StubRuntime, { file = '', log = '' } = {}) {
  const changed: string[] = [];
  const cache = new RuntimeCache(
    {
      runtime: stub as unknown as ContainerRuntime,
      files: { readStart: (path) => (path === '/host/last' ? file : undefined) },
      logTail: async () => log,
    },
    'me',
    (uid) => changed.push(uid),
  );
  return { cache, changed };
}

test('shows what runs, with what was written on it', async () => {
  const stub = new StubRuntime();
  stub.containers = [status('c1', 'running', { startedAt: 1500 })];
  const { cache, changed } = cacheOf(stub);
  await cache.relist();
  const [run] = cache.get('u1').containers;
  assert.deepEqual([run?.name, run?.restartCount, run?.sandboxId], ['main', 2, 'sandbox-0']);
  assert.deepEqual(changed, ['u1']);
});

test('asks for details only of what has changed', async () => {
  const stub = new StubRuntime();
  stub.containers = [status('c1', 'running')];
  const { cache, changed } = cacheOf(stub);
  await cache.relist();
  stub.calls.length = 0;
  await cache.relist();
  await cache.refresh('u1');
  assert.deepEqual(stub.calls, []);
  stub.containers = [status('c1', 'running'), status('c2', 'created')];
  await cache.relist();
  assert.deepEqual(stub.calls, ['c2']);
  assert.equal(changed.length, 2);
});

test('a look that began earlier takes nothing back', async () => {
  const stub = new StubRuntime();
  const { cache } = cacheOf(stub);
  const slow = Promise.withResolvers<void>();
  stub.gate = slow.promise;
  const early = cache.relist(); // Sees no container, and is slow to tell.
  stub.gate = Promise.resolve();
  stub.containers = [status('c1', 'running')];
  await cache.refresh('u1');
  slow.resolve();
  await early;
  assert.equal(cache.get('u1').containers.length, 1);
});

test('forgets pods of which nothing is left', async () => {
  const stub = new StubRuntime();
  const { cache, changed } = cacheOf(stub);
  await cache.relist();
  stub.sandboxes = [];
  await cache.relist();
  assert.deepEqual(cache.podUids(), []);
  assert.equal(changed.length, 2);
});

test('does not see pods of another agent, whoever tells of them', async () => {
  const stub = new StubRuntime();
  stub.sandboxes = [{ ...sandboxOf(), labels: podLabels(POD, 'somebody else') }];
  stub.containers = [status('c1', 'running', { labels: containerLabels(POD, MAIN, 'them') })];
  const { cache } = cacheOf(stub);
  await cache.refresh('u1'); // As an event of theirs makes us do.
  await cache.relist();
  assert.deepEqual(cache.podUids(), []);
});

test('passes over what no agent has made', async () => {
  const stub = new StubRuntime();
  stub.containers = [status('c1', 'running', { labels: { 'io.kubernetes.pod.uid': 'u1' } })];
  const { cache } = cacheOf(stub);
  await cache.relist();
  assert.deepEqual(cache.get('u1').containers, []);
});

const fallback = { terminationMessagePolicy: 'FallbackToLogsOnError' };
for (const { name, file, more = {}, want } of [
  { name: 'the file', file: 'bye', want: 'bye' },
  { name: 'what the runtime says', file: '', more: { message: 'OOM' }, want: 'OOM' },
  {
    name: 'the log, when that is asked for',
    file: '',
    more: { annotations: containerAnnotations(POD, { ...MAIN, ...fallback } as never, 0) },
    want: 'the log',
  },
  {
    name: 'no log after a success',
    file: '',
    more: {
      exitCode: 0,
      annotations: containerAnnotations(POD, { ...MAIN, ...fallback } as never, 0),
    },
    want: '',
  },
]) {
  test(`last words are ${name}`, async () => {
    const stub = new StubRuntime();
    stub.containers = [status('c1', 'exited', more)];
    const { cache } = cacheOf(stub, { file, log: 'the log' });
    await cache.relist();
    assert.equal(cache.get('u1').containers[0]?.message, want);
  });
}
