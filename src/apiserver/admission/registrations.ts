import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../../api/generated/admissionregistration/v1/types.ts';
import type { Cancel } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { RevisionError, type Store, type StoreEvent } from '../../store/store.ts';

const PREFIX = '/registry/admissionregistration.k8s.io/';

/** A policy, and where it holds. */
export interface BoundPolicy<P, B> {
  readonly policy: P;
  readonly bindings: readonly B[];
}

/** A webhook of a configuration. */
export interface RegisteredWebhook<W> {
  readonly webhook: W;
  /** The name of the configuration. */
  readonly configuration: string;
  /** What tells it from all others. */
  readonly uid: string;
}

export type BoundValidation = BoundPolicy<
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding
>;
export type BoundMutation = BoundPolicy<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>;

/** All that is registered to be asked about writes, ready to be gone through. */
export interface Registered {
  readonly validations: readonly BoundValidation[];
  readonly mutations: readonly BoundMutation[];
  readonly validatingWebhooks: readonly RegisteredWebhook<ValidatingWebhook>[];
  readonly mutatingWebhooks: readonly RegisteredWebhook<MutatingWebhook>[];
}

type ValidatingWebhook = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];
type MutatingWebhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];

const NOTHING: Registered = {
  ...{ validations: [], mutations: [], validatingWebhooks: [], mutatingWebhooks: [] },
};

/**
 * Which policies and webhooks there are, kept as the store changes: a write asks for them and finds
 * them in their order, which costs nothing while there are none.
 */
export class Registrations {
  readonly #store: Store<KubeObject>;
  readonly #logger: Logger;
  readonly #objects = new Map<string, KubeObject>();
  #registered: Registered | undefined = NOTHING;
  #stop: Cancel = () => {};

  constructor(store: Store<KubeObject>, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Reads what is there, and follows what changes. */
  start(): void {
    this.#objects.clear();
    const snapshot = this.#store.snapshot();
    for (const { key, value } of snapshot.list(PREFIX)) this.#objects.set(key, value);
    this.#registered = this.#objects.size > 0 ? undefined : NOTHING;
    this.#stop = this.#store.watch(PREFIX, snapshot.revision, {
      next: (events) => this.#follow(events),
      end: (error) => {
        // What is new would never be asked: to begin anew is the only safe way to go on.
        if (error instanceof RevisionError) return this.start();
        this.#logger.error('policies and webhooks are not followed', { error });
      },
    });
  }

  stop(): void {
    this.#stop();
  }

  get current(): Registered {
    this.#registered ??= this.#objects.size === 0 ? NOTHING : this.#gathered();
    return this.#registered;
  }

  #follow(events: readonly StoreEvent<KubeObject>[]): void {
    for (const { type, entry } of events) {
      if (type === 'put') this.#objects.set(entry.key, entry.value);
      else this.#objects.delete(entry.key);
    }
    this.#registered = undefined;
  }

  #gathered(): Registered {
    return {
      validations: this.#bound<BoundValidation>('validatingadmissionpolic'),
      mutations: this.#bound<BoundMutation>('mutatingadmissionpolic'),
      validatingWebhooks: this.#webhooks<ValidatingWebhook>('validatingwebhookconfigurations'),
      mutatingWebhooks: this.#webhooks<MutatingWebhook>('mutatingwebhookconfigurations'),
    };
  }

  /** The objects of a kind, by name. */
  #all<T extends KubeObject>(plural: string): readonly T[] {
    const prefix = `${PREFIX}${plural}/`;
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    return keys.map((key) => this.#objects.get(key) as T);
  }

  #bound<T extends BoundValidation | BoundMutation>(stem: string): readonly T[] {
    const bindings = Map.groupBy(
      this.#all<T['bindings'][number]>(`${stem}ybindings`),
      ({ spec }) => spec.policyName ?? '',
    );
    return this.#all<T['policy']>(`${stem}ies`)
      .map((policy) => ({ policy, bindings: bindings.get(policy.metadata.name) ?? [] }))
      .filter((bound) => bound.bindings.length > 0) as unknown as readonly T[];
  }

  #webhooks<W extends { readonly name: string }>(plural: string): readonly RegisteredWebhook<W>[] {
    return this.#all<KubeObject & { readonly webhooks?: readonly W[] }>(plural).flatMap(
      ({ metadata: { name: configuration }, webhooks }) => {
        const seen = new Map<string, number>();
        return (webhooks ?? []).map((webhook) => {
          const count = seen.get(webhook.name) ?? 0;
          seen.set(webhook.name, count + 1);
          return { webhook, configuration, uid: `${configuration}/${webhook.name}/${count}` };
        });
      },
    );
  }
}
