import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { SqliteLog } from './sqlite-log.ts';
import type { Answer, Message, Request, WorkerOptions } from './sqlite-protocol.ts';
import { explain, SQLITE, sqliteCode } from './sqlite-schema.ts';

// The thread that has the database: it sends what is in it, then does what it is asked. Nothing but
// disk work happens here; what a write means is decided on the main thread.

assert(parentPort, 'sqlite-worker.ts runs in a worker thread');
const port = parentPort;
const { file, maxBytes } = workerData as WorkerOptions;

/** A write has failed, and those that follow were sent before anybody knew. */
let isBroken = false;

const log = open();
if (log) {
  port.on('message', (request: Request) => work(log, request));
}

function open(): SqliteLog | undefined {
  let opened: SqliteLog | undefined;
  try {
    opened = SqliteLog.open(file, maxBytes);
    for (const rows of opened.read()) tell({ type: 'rows', rows }, [rows.buffer]);
    tell({ type: 'opened', compactedRevision: opened.compactedRevision });
    return opened;
  } catch (error) {
    opened?.close();
    tell({ type: 'refused', message: explain(error, file).message });
    return undefined;
  }
}

function tell(message: Message, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** Does a request, and with a write all writes that have come meanwhile: one wait for the disk. */
function work(log: SqliteLog, first: Request): void {
  for (let request: Request | undefined = first; request; ) {
    const writes: Uint8Array[] = [];
    while (request?.type === 'write') {
      writes.push(request.rows);
      request = next();
    }
    if (writes.length > 0) {
      const told = answer(() => write(log, writes));
      for (const _ of writes) tell(told);
    }
    if (request === undefined) return;
    const { type } = request;
    tell(answer(() => serve(log, request as Exclude<Request, { type: 'write' }>)));
    if (type === 'close') return port.close();
    request = next();
  }
}

const next = (): Request | undefined => receiveMessageOnPort(port)?.message;

function answer(work: () => void): Answer {
  try {
    work();
    return { type: 'done' };
  } catch (error) {
    if (sqliteCode(error) === SQLITE.FULL) {
      const message = `no room for ${file}: free some space, or raise its size limit`;
      return { type: 'failed', message, written: 'no' };
    }
    const message = `can't write ${file}: ${(error as Error).message}`;
    return { type: 'failed', message, written: log?.isCommitting ? 'unknown' : 'no' };
  }
}

function write(log: SqliteLog, rows: readonly Uint8Array[]): void {
  if (isBroken) throw new Error('what it was built on could not be written');
  isBroken = true;
  log.write(rows);
  isBroken = false;
}

function serve(log: SqliteLog, request: Exclude<Request, { type: 'write' }>): void {
  switch (request.type) {
    case 'resume':
      isBroken = false;
      return;
    case 'forget':
      return log.forget(request.compactedRevision, request.revisions, request.keys);
    case 'close':
      return log.close();
  }
}
