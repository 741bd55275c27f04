import { shapeOf } from '../../../api/shapes.ts';
import { decodeJson } from '../../../machinery/json-codec.ts';
import { isMap } from '../../../machinery/member.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { parseApiVersion } from '../../../machinery/resource.ts';
import type { Status } from '../../../machinery/status.ts';

const GROUP = 'admission.k8s.io';
const KIND = 'AdmissionReview';
const KNOWN_VERSIONS = ['v1', 'v1beta1'];

/** What a webhook is asked. */
export interface Review {
  readonly kind: typeof KIND;
  readonly apiVersion: string;
  readonly request: ReviewQuestion['request'] & {
    readonly uid: string;
    readonly object: KubeObject | null;
    readonly oldObject: KubeObject | null;
  };
}

export interface ReviewQuestion {
  readonly uid: string;
  /** An AdmissionRequest but for its objects. */
  readonly request: object;
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
}

/** The review in the first form that both sides understand; undefined if there is none. */
export function reviewOf(
  { uid, request, object, oldObject }: ReviewQuestion,
  versions: readonly string[],
): Review | undefined {
  const version = versions.find((each) => KNOWN_VERSIONS.includes(each));
  if (version === undefined) return undefined;
  const apiVersion = `${GROUP}/${version}`;
  return { kind: KIND, apiVersion, request: { uid, ...request, object, oldObject } };
}

/** What a webhook says of a write. */
export interface ReviewAnswer {
  readonly isAllowed: boolean;
  readonly warnings: readonly string[];
  /** The Status to refuse with. */
  readonly result: Partial<Status>;
  /** A JSON patch as text; empty where nothing is to be changed. */
  readonly patch: string;
  readonly patchType: string;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const STATUS = shapeOf({ group: '', version: 'v1', kind: 'Status' });

/**
 * Reads the answer to a review: whatever a webhook sends, of the right types or refused. Throws an
 * Error whose message is Kubernetes', a DecodeError for what has another type.
 */
export function answerOf(
  asked: Review,
  answer: unknown,
  { isMutating }: { readonly isMutating: boolean },
): ReviewAnswer {
  const review = isMap(answer) ? answer : {};
  const { response } = review;
  if (!isMap(response)) throw new Error('webhook response was absent');
  const isNew = asked.apiVersion === `${GROUP}/v1`;
  if (isNew) checkForm(asked, review, response);
  const patch = Buffer.from(textOf(response.patch), 'base64').toString();
  const patchType = isNew ? textOf(response.patchType) : patch && 'JSONPatch';
  if (isNew) checkPatch(patch, response.patchType, isMutating);
  return {
    isAllowed: response.allowed === true,
    warnings: Array.isArray(response.warnings) ? response.warnings.map(textOf) : [],
    result: isMap(response.status) ? decodeJson(STATUS, response.status).object : {},
    patch: isMutating ? patch : '',
    patchType,
  };
}

function checkForm(
  { request: { uid } }: Review,
  review: Readonly<Record<string, unknown>>,
  response: Readonly<Record<string, unknown>>,
): void {
  const given = textOf(response.uid);
  if (given !== uid) throw new Error(`expected response.uid="${uid}", got "${given}"`);
  const [wanted, found] = [
    typeText(`${GROUP}/v1`, KIND),
    typeText(textOf(review.apiVersion), textOf(review.kind)),
  ];
  if (found !== wanted) throw new Error(`expected webhook response of ${wanted}, got ${found}`);
}

function typeText(apiVersion: string, kind: string): string {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}, Kind=${kind}`;
}

function checkPatch(patch: string, type: unknown, isMutating: boolean): void {
  const isTyped = type !== undefined && type !== null;
  if (!isMutating) {
    if (patch) throw new Error('validating webhook may not return response.patch');
    if (isTyped) throw new Error('validating webhook may not return response.patchType');
    return;
  }
  if (patch && !isTyped) {
    throw new Error('webhook returned response.patch but not response.patchType');
  }
  if (!patch && isTyped) {
    throw new Error('webhook returned response.patchType but not response.patch');
  }
  if (type === '') throw new Error('webhook returned invalid response.patchType of ""');
}
