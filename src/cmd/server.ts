import { objectCodec } from '../apiserver/encoding/json.ts';
import type { NodeCredentials } from '../apiserver/http/backend.ts';
import type { TlsOptions } from '../apiserver/http/listen.ts';
import { createInProcessTransport } from '../apiserver/in-process-transport.ts';
import { catalogOf } from '../apiserver/registry/resource-catalog.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { CommandError } from '../cli/command.ts';
import { kubeconfigFor, writeKubeconfig } from '../cli/kubeconfig-entries.ts';
import type { Client } from '../client/client.ts';
import { createClient } from '../client/typed-client.ts';
import type { CertificateSigner } from '../controllers/certificate-signing/controller.ts';
import type { KubeObject } from '../machinery/object.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { type Store, StoreError } from '../store/store.ts';
import type { RunningApiServer } from './api-server.ts';
import { readCertificateRequest } from './certificate-request.ts';
import type { DataFolder } from './data-folder.ts';
import { type KeptCertificate, KeptCertificates } from './kept-certificates.ts';
import { nthOf } from './networks.ts';
import { AGENT_CLIENT, type KeyPair, Pki, type Wanted } from './pki.ts';

/** The parts of a control plane that a server may run. */
export const COMPONENTS = ['api', 'controllers', 'scheduler'] as const;
export type Component = (typeof COMPONENTS)[number];

export interface ServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly folder: DataFolder;
  /** The name of the cluster: of its context in kubeconfigs. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly components: readonly Component[];
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Of this package. */
  readonly version: string;
}

/** A control plane that runs. */
export interface RunningServer {
  readonly api: RunningApiServer;
  readonly certificates: KeptCertificates;
  readonly url: string;
  /** A client in this process, for the component and user of this name. */
  clientFor(component: string): Client;
  /** Stops components, lets requests finish, and makes sure that everything is on disk. */
  stop(): Promise<void>;
  /**
   * Aborts when the server can't go on because the thread that writes to its disk is gone. It says so
   * in the log; whoever runs it stops it, for a supervisor or the user to start it again.
   */
  readonly lost: AbortSignal;
}

/** Starts the control plane on its data folder. Throws CommandError for what the user can mend. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { clock, random, logger, folder } = options;
  const lost = new AbortController();
  const opening = openStore(folder.database, (error) => {
    logger.error('the store is lost, the server ends; start it again', { error });
    lost.abort(error);
  });
  const stop = new AbortController();
  try {
    const pki = new Pki(folder.pki, clock, random);
    const certificates = new KeptCertificates(pki, { clock, logger });
    stop.signal.addEventListener('abort', () => certificates.stop(), { once: true });
    const credentials = credentialsOf(options, certificates);
    // While a thread opens the store, keys were made, and what `listenOn` needs is loaded.
    const [store] = await Promise.all([opening, import('./api-server.ts')]);
    const nodes = { ...credentials.agentClient.current, ca: pki.ca };
    const serving = { ...credentials.serving.current, ca: pki.ca };
    const api = await listenOn(options, store, { serving, nodes, pki });
    const url = `https://${options.host}:${api.listening.port}`;
    const writeAdmin = (admin: KeyPair) =>
      writeAdminKubeconfig(options, { admin, ca: pki.ca, server: url });
    writeAdmin(credentials.admin.current);
    credentials.serving.follow((pair) => api.listening.use(pair));
    credentials.agentClient.follow((pair) => Object.assign(nodes, pair));
    credentials.admin.follow(writeAdmin);
    const clientFor = inProcessClients(api);
    void startComponents(options, { api, pki, clientFor }, stop.signal);
    return {
      api,
      certificates,
      url,
      clientFor,
      async stop() {
        stop.abort();
        await api.stop();
        await store.close();
      },
      lost: lost.signal,
    };
  } catch (error) {
    stop.abort();
    const store = await opening.catch(() => undefined);
    await store?.close();
    throw inUsersWords(error);
  }
}

/** Loads and starts what works on the API, once whoever waits for that has been told. */
async function startComponents(
  options: ServerOptions,
  { api, pki, clientFor }: Pick<RunningServer, 'api' | 'clientFor'> & { readonly pki: Pki },
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, logger, components } = options;
  await sleep(clock, 0);
  if (components.includes('controllers')) {
    const { startControllers } = await import('../controllers/all.ts');
    const facts = {
      rootCertificate: pki.ca,
      catalog: catalogOf(api.api.table),
      podCidrs: [options.podCidr],
      signer: signerOf(pki, servingNames(options)),
    };
    if (!signal.aborted) void startControllers({ clock, random, logger, clientFor }, facts, signal);
  }
  if (components.includes('scheduler')) {
    const { startScheduler } = await import('../scheduler/start.ts');
    const client = clientFor('kube-scheduler');
    if (!signal.aborted) startScheduler({ clock, random, client, logger, signal });
  }
}

/** Signs what nodes and users ask for, in the name of the cluster's authority. */
function signerOf(pki: Pki, reserved: readonly string[]): CertificateSigner {
  return {
    reserved,
    read: readCertificateRequest,
    sign(pem, { usages, seconds }) {
      const { commonName, organizations, hosts, addresses, publicKey } =
        readCertificateRequest(pem);
      const wanted: Wanted = {
        subject: { commonName, organizations },
        usages: [usages.includes('server auth') ? 'server' : 'client'],
        names: [...hosts, ...addresses],
      };
      return pki.certify(wanted, publicKey, seconds);
    },
  };
}

async function openStore(file: string, onLost: (error: StoreError) => void) {
  try {
    return await openSqliteStore(objectCodec, { file, onLost });
  } catch (error) {
    throw inUsersWords(error);
  }
}

/** What is wrong with a store, then what to do: `state.db is damaged (…); put a backup in its place`. */
function inUsersWords(cause: unknown): unknown {
  if (!(cause instanceof StoreError)) return cause;
  const [what = '', ...advice] = cause.message.split('; ');
  const text = advice.join('; ');
  return new CommandError(what, {
    cause,
    advice: text ? `${text.charAt(0).toUpperCase()}${text.slice(1)}.` : 'See that its disk works.',
  });
}

interface Credentials {
  /** What the server shows to its clients. */
  readonly serving: KeptCertificate;
  /** What it shows to the agents of nodes. */
  readonly agentClient: KeptCertificate;
  /** What the administrator shows to it. */
  readonly admin: KeptCertificate;
}

const credentialsOf = (options: ServerOptions, certificates: KeptCertificates): Credentials => ({
  serving: certificates.keep('apiserver', {
    subject: { commonName: 'kube-apiserver' },
    usages: ['server'],
    names: servingNames(options),
  }),
  agentClient: certificates.keep('apiserver-kubelet-client', {
    subject: { commonName: AGENT_CLIENT },
    usages: ['client'],
  }),
  admin: certificates.keep('admin', {
    subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
    usages: ['client'],
  }),
});

async function listenOn(
  { clock, random, logger, host, port, serviceCidr, version }: ServerOptions,
  store: Store<KubeObject>,
  {
    serving,
    nodes,
    pki,
  }: { readonly serving: TlsOptions; readonly nodes: NodeCredentials; readonly pki: Pki },
): Promise<RunningApiServer> {
  const { startApiServer } = await import('./api-server.ts');
  try {
    return await startApiServer({
      clock,
      random,
      logger,
      store,
      listen: { host, port, tls: serving },
      accountKey: () => pki.serviceAccountKey(),
      serviceCidrs: [serviceCidr],
      version,
      nodes,
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new CommandError(`port ${port} on ${host} is in use`, {
        cause,
        advice: 'Choose another one with --port, or 0 for any that is free.',
      });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'EACCES') {
      throw new CommandError(`can't listen on ${host}:${port}: ${(cause as Error).message}`, {
        cause,
        advice: 'Choose an address of this machine with --host, and another port with --port.',
      });
    }
    throw cause;
  }
}

/** What the API server may be called: from outside, and by pods through its Service. */
function servingNames({ host, serviceCidr }: ServerOptions): string[] {
  const service = nthOf(serviceCidr, 1);
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const wide = 'kubernetes.default.svc.cluster.local';
  return ['localhost', '127.0.0.1', '::1', ...names, wide, service, host];
}

function writeAdminKubeconfig(
  { name, folder }: ServerOptions,
  { admin, ca, server }: { readonly admin: KeyPair; readonly ca: string; readonly server: string },
): void {
  const endpoint = { server, ca, certificate: admin.cert, key: admin.key };
  writeKubeconfig(folder.kubeconfig, kubeconfigFor(name, endpoint));
}

/** Components in this process call the API without sockets, but as themselves. */
function inProcessClients({ api }: RunningApiServer): (component: string) => Client {
  return (component) => {
    const name = `system:${component}`;
    const user = { name, groups: ['system:masters', 'system:authenticated'] };
    return createClient(createInProcessTransport(api.heart, user), { fieldManager: component });
  };
}
