import type { TokenRequest } from '../../api/generated/authentication/v1/types.ts';
import { serviceAccounts } from '../../api/generated/core/v1/resources.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { type Clock, parseTime } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import type { TokenWanted } from './projection.ts';

interface Held {
  readonly token: string;
  readonly refreshAt: number;
}

// A token is replaced when a fifth of its time is left, and no later than after a day.
const REFRESH_AT = 0.8;
const HELD_MAX_MS = 24 * 3_600_000;

/** Tokens by which pods act as their service accounts, each bound to its pod. */
export class TokenSource {
  readonly #clock: Clock;
  readonly #client: Client;
  readonly #held = new Map<string, Held>();

  constructor(clock: Clock, client: Client) {
    this.#clock = clock;
    this.#client = client;
  }

  /** A token that is good for a while yet: the one held, or a new one. */
  async fetch(pod: Pod, wanted: TokenWanted): Promise<string> {
    const key = keyOf(pod, wanted);
    const held = this.#held.get(key);
    if (held && this.#clock.now() < held.refreshAt) return held.token;
    try {
      const fresh = await this.#request(pod, wanted);
      this.#held.set(key, fresh);
      return fresh.token;
    } catch (error) {
      if (held) return held.token; // It may be good yet; the next try comes soon enough.
      throw error;
    }
  }

  /** When tokens of a pod are due to be replaced, the first of them. */
  refreshAt(pod: Pod, wanted: readonly TokenWanted[]): number | undefined {
    const times = wanted.flatMap((each) => this.#held.get(keyOf(pod, each))?.refreshAt ?? []);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  forget(podUid: string): void {
    for (const key of this.#held.keys()) {
      if (key.startsWith(`${podUid} `)) this.#held.delete(key);
    }
  }

  async #request(pod: Pod, { audience, expirationSeconds }: TokenWanted): Promise<Held> {
    const { name, namespace, uid } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? 'default';
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        ...(audience && { audiences: [audience] }),
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const { status } = await this.#client.createSubresource<TokenRequest>(
      serviceAccounts,
      { namespace, name: account },
      'token',
      body,
    );
    const now = this.#clock.now();
    const expiresAt = parseTime(status.expirationTimestamp ?? undefined) ?? now;
    const heldMs = Math.min((expiresAt - now) * REFRESH_AT, HELD_MAX_MS);
    return { token: status.token, refreshAt: now + heldMs };
  }
}

const keyOf = ({ metadata }: Pod, { audience, expirationSeconds }: TokenWanted): string =>
  `${metadata.uid} ${expirationSeconds} ${audience}`;
