import { certificateSigningRequests } from '../api/generated/certificates/v1/resources.ts';
import type { CertificateSigningRequest } from '../api/generated/certificates/v1/types.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';

/** From when to when a certificate holds: milliseconds since the epoch. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The certificate by which a node's server is known, as far as it takes keys and files. */
export interface ServingStore {
  /** Of the one in use; undefined when nobody but ourselves has signed it. */
  readonly validity: Validity | undefined;
  /** A new key, and a request (PEM) for a certificate for it. */
  request(): { readonly request: string; readonly key: string };
  /** Uses this certificate from now on, also after a restart. Throws when it isn't for the key. */
  use(pair: { readonly cert: string; readonly key: string }): void;
}

export interface CertifyTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly client: Client;
}

const SIGNER = 'kubernetes.io/kubelet-serving';
// Somewhere in the last third of its life, so that nodes that came together don't renew together.
const RENEWAL_FIRST = 0.7;
const RENEWAL_SPAN = 0.2;
const ANSWER_MS = 15 * 60_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 5 * 60_000;
const SLEEP_MAX_MS = 86_400_000; // Timers of a year would overflow, and clocks may jump.

/**
 * Sees to it that a node's server has a certificate of the cluster's: asks for one as the node
 * itself, and for another before it ends, until the signal aborts. Never rejects.
 */
export async function keepCertified(
  tools: CertifyTools,
  store: ServingStore,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, logger } = tools;
  for (let retryMs = RETRY_FIRST_MS; !signal.aborted; ) {
    const { validity } = store;
    const dueAt = validity ? renewalAt(validity, random.float()) : 0;
    try {
      await untilTime(clock, dueAt, signal);
      await renew(tools, store, signal);
      retryMs = RETRY_FIRST_MS;
      logger.info('the node has a serving certificate');
    } catch (error) {
      if (signal.aborted) return;
      logger.warn('the node has got no serving certificate, asking again', { error, retryMs });
      await sleep(clock, retryMs, signal).catch(() => {});
      retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
    }
  }
}

/** When to ask for the next certificate; `share`, from 0 to 1, is chance. */
export const renewalAt = ({ notBefore, notAfter }: Validity, share: number): number =>
  notBefore + (notAfter - notBefore) * (RENEWAL_FIRST + RENEWAL_SPAN * share);

async function untilTime(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  for (let left = at - clock.now(); left > 0; left = at - clock.now()) {
    await sleep(clock, Math.min(left, SLEEP_MAX_MS), signal);
  }
}

async function renew(tools: CertifyTools, store: ServingStore, signal: AbortSignal): Promise<void> {
  const { request, key } = store.request();
  const asked = await tools.client.create(certificateSigningRequests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: 'csr-' },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: SIGNER,
      usages: ['digital signature', 'server auth'],
    },
  } as never);
  const certificate = await answerTo(tools, asked.metadata.name, signal);
  store.use({ cert: Buffer.from(certificate, 'base64').toString(), key });
}

/** Resolves to the certificate once it is issued; rejects when it won't be. */
function answerTo(
  { client, clock }: CertifyTools,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const cancels = [
    clock.after(ANSWER_MS, () => reject(new Error(`nobody answers the request ${name}`))),
    client.watch(
      certificateSigningRequests,
      { fieldSelector: `metadata.name=${name}` },
      {
        next({ type, object }) {
          const refusal = type === 'DELETED' ? 'was deleted' : refusalIn(object);
          if (refusal) reject(new Error(`the request ${name} ${refusal}`));
          else if (object.status.certificate) resolve(object.status.certificate);
        },
        end: (error) => reject(error ?? new Error('the API server went away')),
      },
    ),
  ];
  return promise.finally(() => {
    signal.removeEventListener('abort', onAbort);
    for (const cancel of cancels) cancel();
  });
}

function refusalIn({ status }: CertificateSigningRequest): string | undefined {
  const refusal = status.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
  return refusal && `is ${refusal.type}: ${refusal.message || refusal.reason}`;
}
