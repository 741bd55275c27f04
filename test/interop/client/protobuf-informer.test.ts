import assert from 'node:assert/strict';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { shapeOf, shapes } from '../../../src/api/shapes.ts';
import type { KubeObject } from '../../../src/machinery/object.ts';
import {
  decodeEnvelope,
  decodeWatchFrame,
  encodeProtobuf,
  openEnvelope,
} from '../../../src/machinery/protobuf.ts';
import { parseApiVersion } from '../../../src/machinery/resource.ts';
import { WireServer } from '../../support/wire-server.ts';

// Goal: a client that works as client-go and controller-runtime do keeps its cache right, over HTTP/2
// and in protobuf only: it begins with a watch that sends what there is, goes on from bookmarks after
// its connection broke, and begins anew when it was away too long. The frames are cut and put together
// here, by what the published formats say, and not by our own client.

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const PATIENCE_MS = 5000;

let server: WireServer;
let session: ClientHttp2Session;
before(async () => {
  server = await WireServer.start();
  session = server.connectHttp2();
});
after(async () => {
  session.destroy();
  await server.stop();
});

function decoded(bytes: Uint8Array): KubeObject {
  const envelope = openEnvelope(bytes);
  const { kind, apiVersion } = envelope;
  const shape =
    shapes.ofKind({ ...parseApiVersion(apiVersion), kind }) ??
    shapes.named(`io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`);
  assert.ok(shape, `a shape of ${apiVersion} ${kind}`);
  return decodeEnvelope(shape, envelope) as unknown as KubeObject;
}

/** A request in protobuf, and its answer. */
async function call(method: string, path: string, object?: KubeObject): Promise<KubeObject> {
  const stream = session.request({
    ':method': method,
    ':path': path,
    accept: PROTOBUF,
    ...(object && { 'content-type': PROTOBUF }),
  });
  if (object) {
    const shape = shapeOf({ ...parseApiVersion(object.apiVersion), kind: object.kind });
    stream.write(encodeProtobuf(shape, object));
  }
  stream.end();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return decoded(Buffer.concat(chunks));
}

interface Event {
  readonly type: string;
  readonly object: KubeObject & { readonly code?: number; readonly reason?: string };
}

/** The events of a watch, whatever the pieces in which their frames come. */
class Watch {
  readonly stream: ClientHttp2Stream;
  readonly events: Event[] = [];
  #rest = Buffer.alloc(0);
  #told = () => {};

  constructor(path: string) {
    this.stream = session.request({ ':path': path, accept: `${PROTOBUF};stream=watch` });
    this.stream.on('error', () => {});
    this.stream.on('data', (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      this.#take();
    });
  }

  #take(): void {
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readUInt32BE(0)) {
      const end = 4 + this.#rest.readUInt32BE(0);
      const { type, object } = decodeWatchFrame(this.#rest.subarray(4, end));
      this.#rest = this.#rest.subarray(end);
      this.events.push({ type, object: decoded(object) });
    }
    this.#told();
  }

  async until(isMet: (events: readonly Event[]) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(new Error(`only ${JSON.stringify(this.events)}`));
      const timer = setTimeout(late, PATIENCE_MS);
      this.#told = () => {
        if (!isMet(this.events)) return;
        clearTimeout(timer);
        resolve();
      };
      this.#told();
    });
  }

  close(): void {
    this.stream.close();
  }
}

/** What a reflector keeps: the objects by name, and how far it has seen. */
class Cache {
  readonly objects = new Map<string, KubeObject>();
  revision = '';
  isSynced = false;

  take({ type, object }: Event): void {
    this.revision = object.metadata.resourceVersion ?? this.revision;
    if (type === 'BOOKMARK') {
      this.isSynced ||= object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
    } else if (type === 'DELETED') this.objects.delete(object.metadata.name);
    else this.objects.set(object.metadata.name, object);
  }
}

const INITIAL = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
const watchOf = (path: string, query: string) =>
  new Watch(`${path}?watch=true&allowWatchBookmarks=true&${query}`);
const isBookmark = ({ type }: Event) => type === 'BOOKMARK';
const names = (events: readonly Event[]) =>
  events
    .filter((event) => !isBookmark(event))
    .map(({ type, object: { metadata } }) => `${type} ${metadata.name}`);

for (const { kind, apiVersion, path, rest } of [
  {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    path: '/api/v1/namespaces/default/configmaps',
    rest: { data: { a: '1' } },
  },
  {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    path: '/apis/apps/v1/namespaces/default/deployments',
    rest: {
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: {
          metadata: { labels: { app: 'a' } },
          spec: { containers: [{ name: 'main', image: 'registry.example/a:1' }] },
        },
      },
    },
  },
  {
    kind: 'Lease',
    apiVersion: 'coordination.k8s.io/v1',
    path: '/apis/coordination.k8s.io/v1/namespaces/default/leases',
    rest: { spec: { holderIdentity: 'a', renewTime: '2026-01-31T09:00:00.000001Z' } },
  },
]) {
  describe(`a cache of ${kind}s`, () => {
    const cache = new Cache();
    const make = (name: string) =>
      call('POST', path, {
        apiVersion,
        kind,
        metadata: { name },
        ...rest,
      } as unknown as KubeObject);

    test('begins with a watch that sends what there is, and says when that is all', async () => {
      await make('a');
      await make('b');
      const watch = watchOf(path, INITIAL);
      await watch.until((events) => events.some(isBookmark));
      for (const event of watch.events) cache.take(event);
      assert.ok(cache.isSynced);
      assert.deepEqual(names(watch.events), ['ADDED a', 'ADDED b']);
      const given = cache.objects.get('a')!;
      assert.deepEqual(given, await call('GET', `${path}/a`));
      watch.close();
    });

    test('goes on where it was when its connection broke', async () => {
      const changed = {
        ...cache.objects.get('a')!,
        metadata: { ...cache.objects.get('a')!.metadata },
      };
      (changed.metadata as { labels?: object }).labels = { changed: 'yes' };
      await call('PUT', `${path}/a`, changed);
      await make('c');
      await call('DELETE', `${path}/b`);
      const watch = watchOf(path, `resourceVersion=${cache.revision}`);
      await watch.until((events) => events.length >= 3);
      assert.deepEqual(names(watch.events), ['MODIFIED a', 'ADDED c', 'DELETED b']);
      for (const event of watch.events) cache.take(event);
      assert.deepEqual([...cache.objects.keys()], ['a', 'c']);
      assert.deepEqual(cache.objects.get('a')?.metadata.labels, { changed: 'yes' });
      watch.close();
    });

    test('begins anew when it was away too long', async () => {
      await call('DELETE', `${path}/c`);
      await server.store.compact(server.store.revision);
      const late = watchOf(path, 'resourceVersion=1');
      await late.until((events) => events.length > 0);
      const [{ type, object }] = late.events as [Event];
      assert.deepEqual([type, object.kind, object.code], ['ERROR', 'Status', 410]);
      late.close();
      const fresh = new Cache();
      const watch = watchOf(path, INITIAL);
      await watch.until((events) => events.some(isBookmark));
      for (const event of watch.events) fresh.take(event);
      assert.deepEqual([...fresh.objects.keys()], ['a']);
      assert.ok(Number(fresh.revision) >= Number(cache.revision));
      watch.close();
    });
  });
}
