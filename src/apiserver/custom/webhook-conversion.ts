import type { StoredAs } from '../../api/definition.ts';
import type {
  CustomResourceDefinition,
  WebhookClientConfig,
} from '../../api/generated/apiextensions/v1/types.ts';
import { type Random, uuid } from '../../base/random.ts';
import { deepFreeze, type KubeObject } from '../../machinery/object.ts';
import { StatusError } from '../../machinery/status.ts';
import { ConversionMissing } from '../registry/conversion.ts';
import {
  type ConversionQuestion,
  convertedObjects,
  reviewOf,
  typeOf,
} from './conversion-review.ts';
import { type Converters, storageVersionOf, unconverted } from './converter.ts';
import type { SchemaForm } from './form.ts';

/** Sends JSON to a webhook and answers what it says. Rejects with an Error that says why not. */
export type WebhookCaller = (client: WebhookClientConfig, body: object) => Promise<unknown>;

/**
 * Converts by what definitions say: not at all, or by asking a webhook. What was converted is kept
 * as long as what it was converted from.
 */
export function createConverters(random: Random, call: WebhookCaller): Converters {
  return {
    storedAs(definition, forms, apiVersion) {
      const isAsked = definition.spec.conversion?.strategy === 'Webhook';
      if (!isAsked) return unconverted.storedAs(definition, forms, apiVersion);
      const converter = new Converter(definition, random, call);
      return new WebhookStoredAs(converter, forms.get(apiVersion)!, apiVersion);
    },
  };
}

/** Asks the webhook of a definition. */
class Converter {
  readonly definition: CustomResourceDefinition;
  readonly #random: Random;
  readonly #call: WebhookCaller;

  constructor(definition: CustomResourceDefinition, random: Random, call: WebhookCaller) {
    this.definition = definition;
    this.#random = random;
    this.#call = call;
  }

  /** Rejects with StatusError. */
  async convert(objects: readonly KubeObject[], apiVersion: string): Promise<KubeObject[]> {
    const { clientConfig, conversionReviewVersions } = this.definition.spec.conversion!.webhook!;
    const uid = uuid(this.#random);
    const question: ConversionQuestion = { uid, desiredApiVersion: apiVersion, objects };
    try {
      const review = reviewOf(question, conversionReviewVersions ?? []);
      const answer = await this.#ask(clientConfig ?? {}, review, objects[0]!);
      return convertedObjects(question, answer);
    } catch (error) {
      throw new StatusError('', (error as Error).message);
    }
  }

  async #ask(client: WebhookClientConfig, review: object, first: KubeObject): Promise<unknown> {
    try {
      return await this.#call(client, review);
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(`conversion webhook for ${typeOf(first)} failed: ${why}`);
    }
  }
}

/** How objects of a version come to rest in another and back, when a webhook has to be asked. */
class WebhookStoredAs implements StoredAs {
  readonly group: string;
  readonly version: string;
  readonly #converter: Converter;
  readonly #form: SchemaForm;
  readonly #apiVersion: string;
  readonly #converted = new WeakMap<KubeObject, KubeObject>();

  constructor(converter: Converter, form: SchemaForm, apiVersion: string) {
    const { definition } = converter;
    this.group = definition.spec.group;
    this.version = storageVersionOf(definition);
    this.#converter = converter;
    this.#form = form;
    this.#apiVersion = apiVersion;
  }

  toStored(object: KubeObject): KubeObject | Promise<KubeObject> {
    const wanted = `${this.group}/${this.version}`;
    if (object.apiVersion === wanted) return object;
    return this.#converter.convert([object], wanted).then(([converted]) => converted!);
  }

  fromStored(stored: KubeObject): KubeObject {
    if (stored.apiVersion === this.#apiVersion) return this.#form.read(stored);
    const converted = this.#converted.get(stored);
    if (converted === undefined) throw new ConversionMissing(stored);
    return converted;
  }

  prepare(stored: readonly KubeObject[]): Promise<void> | undefined {
    const missing = stored.filter(
      (object) => object.apiVersion !== this.#apiVersion && !this.#converted.has(object),
    );
    if (missing.length === 0) return undefined;
    return this.#converter.convert(missing, this.#apiVersion).then((converted) => {
      for (const [i, object] of missing.entries()) {
        this.#converted.set(object, this.#form.read(deepFreeze(converted[i]!)));
      }
    });
  }
}
