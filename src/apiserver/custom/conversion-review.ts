import { isMap } from '../../machinery/member.ts';
import type { KubeObject, ObjectMeta } from '../../machinery/object.ts';
import { parseApiVersion } from '../../machinery/resource.ts';

const GROUP = 'apiextensions.k8s.io';
const KNOWN_VERSIONS = ['v1', 'v1beta1'];

/** What a webhook is asked: objects of one kind in another version. */
export interface ConversionQuestion {
  readonly uid: string;
  readonly desiredApiVersion: string;
  readonly objects: readonly KubeObject[];
}

/** The review that asks it, in the first form that both sides understand. Throws an Error. */
export function reviewOf(question: ConversionQuestion, versions: readonly string[]): object {
  const version = versions.find((each) => KNOWN_VERSIONS.includes(each));
  if (version === undefined) throw new Error('no supported conversion review versions');
  const { uid, desiredApiVersion: desiredAPIVersion, objects } = question;
  return {
    kind: 'ConversionReview',
    apiVersion: `${GROUP}/${version}`,
    request: { uid, desiredAPIVersion, objects },
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const typeText = (apiVersion: string, kind: string): string => {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}, Kind=${kind}`;
};

/** How messages name the type of an object. */
export const typeOf = ({ apiVersion, kind }: KubeObject): string => typeText(apiVersion, kind);

/**
 * The objects that a webhook has answered, each of the type asked for, and with the metadata that
 * no conversion changes. Throws an Error whose message is Kubernetes'.
 */
export function convertedObjects(question: ConversionQuestion, answer: unknown): KubeObject[] {
  const type = typeOf(question.objects[0]!);
  let objects: readonly unknown[];
  try {
    objects = objectsIn(question, answer);
  } catch (error) {
    throw new Error(`conversion webhook for ${type} failed: ${(error as Error).message}`);
  }
  const expected = question.objects.length;
  if (objects.length !== expected) {
    const detail = `returned ${objects.length} objects, expected ${expected}`;
    throw new Error(`conversion webhook for ${type} ${detail}`);
  }
  return objects.map((object, i) => {
    const original = question.objects[i]!;
    try {
      return checkedObject(original, object, question.desiredApiVersion);
    } catch (error) {
      const detail = `returned invalid converted object at index ${i}`;
      const why = (error as Error).message;
      throw new Error(`conversion webhook for ${typeOf(original)} ${detail}: ${why}`);
    }
  });
}

function objectsIn({ uid }: ConversionQuestion, answer: unknown): readonly unknown[] {
  const review = isMap(answer) ? answer : {};
  const isOld = review.apiVersion === `${GROUP}/v1beta1`;
  const expected = typeText(`${GROUP}/v1`, 'ConversionReview');
  const actual = typeText(textOf(review.apiVersion), textOf(review.kind));
  if (!isOld && actual !== expected) {
    throw new Error(`expected webhook response of ${expected}, got ${actual}`);
  }
  const { response } = review;
  if (!isMap(response)) throw new Error('no response provided');
  if (!isOld && response.uid !== uid) {
    throw new Error(`expected response.uid="${uid}", got "${textOf(response.uid)}"`);
  }
  const { status, message } = isMap(response.result) ? response.result : {};
  if (status !== 'Success') {
    throw new Error(
      textOf(message) || `response.result.status was '${textOf(status)}', not 'Success'`,
    );
  }
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

const KEPT = ['name', 'namespace', 'uid'] as const;
const KEPT_NAMES = { name: 'name', namespace: 'namespace', uid: 'UID' } as const;

function checkedObject(original: KubeObject, value: unknown, apiVersion: string): KubeObject {
  const object = (isMap(value) ? value : {}) as unknown as KubeObject;
  if (object.apiVersion !== apiVersion) {
    const received = textOf(object.apiVersion);
    throw new Error(`invalid groupVersion (expected ${apiVersion}, received ${received})`);
  }
  if (object.kind !== original.kind) {
    const received = textOf(object.kind);
    throw new Error(`invalid kind (expected ${original.kind}, received ${received})`);
  }
  const meta: Partial<ObjectMeta> = isMap(object.metadata) ? object.metadata : {};
  for (const field of KEPT) {
    const [before = '', after = ''] = [original.metadata[field], meta[field]];
    if (before !== after) {
      throw new Error(`must have the same ${KEPT_NAMES[field]}: ${before} != ${after}`);
    }
  }
  return withMetadataOf(original, object, meta);
}

/** A conversion changes labels and annotations, and nothing else of the metadata. */
function withMetadataOf(
  original: KubeObject,
  object: KubeObject,
  { labels, annotations }: Partial<ObjectMeta>,
): KubeObject {
  const { labels: _, annotations: __, ...kept } = original.metadata;
  const { kind, apiVersion, metadata: ___, ...others } = object;
  const metadata = {
    ...kept,
    ...(isMap(labels) && { labels }),
    ...(isMap(annotations) && { annotations }),
  };
  return { kind, apiVersion, metadata, ...others } as KubeObject;
}
