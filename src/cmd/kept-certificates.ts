import { type Cancel, type Clock, every } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KeyPair, Pki, Wanted } from './pki.ts';

/** Certificates live for a year, and are renewed when a fifth of that is left. */
const LOOK_EVERY_MS = 86_400_000;

/** A certificate that is looked after. */
export class KeptCertificate {
  readonly name: string;
  readonly wanted: Wanted;
  #current: KeyPair;
  #use: (pair: KeyPair) => void = () => {};

  constructor(name: string, wanted: Wanted, current: KeyPair) {
    this.name = name;
    this.wanted = wanted;
    this.#current = current;
  }

  get current(): KeyPair {
    return this.#current;
  }

  /** Has each later one handed to `use`. What that throws has it tried again the next day. */
  follow(use: (pair: KeyPair) => void): void {
    this.#use = use;
  }

  /** Puts another to use, if it is one. */
  replace(pair: KeyPair): boolean {
    if (pair.cert === this.#current.cert) return false;
    this.#use(pair);
    this.#current = pair;
    return true;
  }
}

/** The certificates that a process shows to others, renewed in time for as long as it runs. */
export class KeptCertificates {
  readonly #pki: Pki;
  readonly #logger: Logger;
  readonly #kept: KeptCertificate[] = [];
  readonly #cancel: Cancel;

  constructor(pki: Pki, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#pki = pki;
    this.#logger = logger;
    this.#cancel = every(clock, LOOK_EVERY_MS, () => this.#renew());
  }

  /** The authority that has signed them, PEM. */
  get ca(): string {
    return this.#pki.ca;
  }

  /** A certificate by the name of its file. */
  keep(name: string, wanted: Wanted): KeptCertificate {
    const kept = new KeptCertificate(name, wanted, this.#pki.keyPair(name, wanted));
    this.#kept.push(kept);
    return kept;
  }

  stop(): void {
    this.#cancel();
  }

  #renew(): void {
    for (const kept of this.#kept) {
      const { name, wanted } = kept;
      try {
        const isNew = kept.replace(this.#pki.keyPair(name, wanted));
        if (isNew) this.#logger.info('certificate renewed', { name });
      } catch (error) {
        // The next day is soon enough: there are weeks left. A full disk, say.
        this.#logger.error('certificate not renewed, trying again tomorrow', { name, error });
      }
    }
  }
}
