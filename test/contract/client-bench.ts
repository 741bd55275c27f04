import assert from 'node:assert/strict';
import {
  configMaps,
  namespaces,
  serviceAccounts,
} from '../../src/api/generated/core/v1/resources.ts';
import type { ConfigMap, Pod } from '../../src/api/generated/core/v1/types.ts';
import type { Client, Transport } from '../../src/client/client.ts';
import { createClient } from '../../src/client/typed-client.ts';
import type { User } from '../../src/machinery/api-request.ts';
import type { NewObject } from '../../src/machinery/object.ts';
import { StatusError, type StatusReason } from '../../src/machinery/status.ts';
import { ADMIN, NOBODY, type ServedApi } from '../support/served-api.ts';

/** A way to reach a server as a user. */
export interface TransportDriver {
  readonly name: string;
  reach(served: ServedApi, user: User): Transport;
}

type Data = Record<string, string>;

/** What every test has: a server, a client of its administrator, and a namespace of its own. */
export interface ClientBench {
  readonly served: ServedApi;
  readonly client: Client;
  readonly nobody: Client;
  readonly namespace: string;
  make(name: string, data?: Data, labels?: Data): Promise<ConfigMap>;
}

/** Registers a test of one transport. */
export type On = (name: string, body: (bench: ClientBench) => Promise<void>) => void;

let made = 0;

/** A namespace of a server that runs, for one test. */
export async function benchOn(driver: TransportDriver, served: ServedApi): Promise<ClientBench> {
  const namespace = `n-${made++}`;
  const client = createClient(driver.reach(served, ADMIN), { fieldManager: 'test' });
  const nobody = createClient(driver.reach(served, NOBODY), { fieldManager: 'test' });
  await client.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
    spec: {},
  });
  await client.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
  });
  const make = (name: string, data: Data = {}, labels?: Data) =>
    client.create(configMaps, mapOf(namespace, name, data, labels));
  return { served, client, nobody, namespace, make };
}

/** A ConfigMap to be created. */
export const mapOf = (
  namespace: string,
  name: string,
  data: Data,
  labels?: Data,
): NewObject<ConfigMap> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...(labels && { labels }) },
  data,
});

export const names = (items: readonly ConfigMap[]): string[] =>
  items.map(({ metadata }) => metadata.name);

/** For `assert.rejects`: a StatusError that says this, with this `code` and these `details`. */
export function refused(reason: StatusReason, message: RegExp | string, more: object = {}) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof StatusError, String(error));
    const { code, details } = error;
    assert.equal(error.reason, reason);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.deepEqual({ code, details }, { code, details, ...more });
    return true;
  };
}

/** A pod to be created, named `p`. */
export const podOf = (namespace: string): NewObject<Pod> => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace },
  spec: { containers: [{ name: 'main', image: 'x' }], automountServiceAccountToken: false },
});
