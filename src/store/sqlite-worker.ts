import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { SqliteLog } from './sqlite-log.ts';
import type { Answer, Message, Request, WorkerOptions } from './sqlite-protocol.ts';
import { explain, SQLITE, sqliteCode } from './sqlite-schema.ts';

// The thread that has the database: it sends what is in it, then does what it is asked. Nothing but
// disk work happens here; what a write means is decided on the main thread.

assert(parentPort, 'sqlite-worker.ts runs in a worker thread');
const port = parentPort;
const { file, maxBytes } = workerData as WorkerOptions;

const log = open();
if (log) {
  port.on('message', (request: Request) => {
    tell(answer(log, request));
    if (request.type === 'close') port.close();
  });
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

function answer(log: SqliteLog, request: Request): Answer {
  try {
    serve(log, request);
    return { type: 'done' };
  } catch (error) {
    if (sqliteCode(error) === SQLITE.FULL) {
      const message = `no room for ${file}: free some space, or raise its size limit`;
      return { type: 'failed', message, written: 'no' };
    }
    const message = `can't write ${file}: ${(error as Error).message}`;
    return { type: 'failed', message, written: log.isCommitting ? 'unknown' : 'no' };
  }
}

function serve(log: SqliteLog, request: Request): void {
  switch (request.type) {
    case 'write':
      return log.write(request.rows);
    case 'forget':
      return log.forget(request.compactedRevision, request.revisions, request.keys);
    case 'close':
      return log.close();
  }
}
