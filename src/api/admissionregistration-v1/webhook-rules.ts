// What both kinds of webhooks have in common.
import { duplicate, type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { invalidFor, validateLabelSelector } from '../../machinery/validation/labels.ts';
import { checkDns1035Label, checkDns1123Subdomain } from '../../machinery/validation/names.ts';
import { checkPortNumber, validateFullyQualifiedName } from '../../machinery/validation/values.ts';
import { validateEach, validateOptionalChoice } from '../checks.ts';
import type {
  MutatingWebhook,
  ServiceReference,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../generated/admissionregistration/v1/types.ts';
import {
  FAILURE_POLICIES,
  MATCH_POLICIES,
  setRuleDefaults,
  validateMatchConditions,
  validateRule,
} from './match-rules.ts';
import { validateWebhookUrl } from './webhook-url.ts';

const HTTPS_PORT = 443;
const TIMEOUT_SECONDS = 10;
const TIMEOUT_MAX_SECONDS = 30;
const SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

type Webhook = ValidatingWebhook | MutatingWebhook;

/** Fills in what a webhook left out. */
export function setWebhookDefaults(webhook: Draft<Webhook>): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= TIMEOUT_SECONDS;
  const { service } = webhook.clientConfig ?? {};
  if (service) service.port ??= HTTPS_PORT;
  setRuleDefaults(webhook.rules);
}

/**
 * All webhooks of a configuration, and what only one of the two kinds has to check, which is told
 * before how webhooks are reached.
 */
export function validateWebhooks<T extends Webhook>(
  webhooks: readonly T[] | undefined,
  path: FieldPath,
  validateOwn: (webhook: T, path: FieldPath) => FieldError[] = () => [],
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(webhooks, path, (webhook, at) => {
    const errors = [
      ...validateMeaning(webhook, at),
      ...validateOwn(webhook, at),
      ...validateClient(webhook.clientConfig ?? {}, at.at('clientConfig')),
      ...validateMatchConditions(webhook.matchConditions, at.at('matchConditions')),
      ...validateReviewVersions(webhook.admissionReviewVersions ?? [], at),
    ];
    if (seen.has(webhook.name)) errors.push(duplicate(at.at('name'), webhook.name));
    if (webhook.name) seen.add(webhook.name);
    return errors;
  });
}

/** Which requests a webhook is asked about, and what becomes of its answer. */
const validateMeaning = (webhook: Webhook, path: FieldPath): FieldError[] => [
  ...validateFullyQualifiedName(webhook.name ?? '', path.at('name')),
  ...validateEach(webhook.rules, path.at('rules'), validateRule),
  ...validateOptionalChoice(webhook.failurePolicy, FAILURE_POLICIES, path.at('failurePolicy')),
  ...validateOptionalChoice(webhook.matchPolicy, MATCH_POLICIES, path.at('matchPolicy')),
  ...validateSideEffects(webhook.sideEffects, path.at('sideEffects')),
  ...validateTimeout(webhook.timeoutSeconds, path.at('timeoutSeconds')),
  ...validateLabelSelector(webhook.namespaceSelector, path.at('namespaceSelector')),
  ...validateLabelSelector(webhook.objectSelector, path.at('objectSelector')),
];

// What was left out is null here: the field is written whether it is set or not.
const validateSideEffects = (value: string | null | undefined, path: FieldPath): FieldError[] =>
  value === undefined || value === null
    ? [required(path, `must specify one of ${SIDE_EFFECTS.join(', ')}`)]
    : validateOptionalChoice(value, SIDE_EFFECTS, path);

const validateTimeout = (seconds: number | undefined, path: FieldPath): FieldError[] =>
  seconds === undefined || (seconds >= 1 && seconds <= TIMEOUT_MAX_SECONDS)
    ? []
    : [invalid(path, seconds, 'the timeout value must be between 1 and 30 seconds')];

function validateReviewVersions(versions: readonly string[], parent: FieldPath): FieldError[] {
  const path = parent.at('admissionReviewVersions');
  const understood = REVIEW_VERSIONS.join(', ');
  if (versions.length === 0) return [required(path, `must specify one of ${understood}`)];
  const seen = new Set<string>();
  const errors = validateEach(versions, path, (version, at) => {
    if (seen.has(version)) return [invalid(at, version, 'duplicate version')];
    seen.add(version);
    return invalidFor(checkDns1035Label(version), version, at);
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalid(path, versions, `must include at least one of ${understood}`));
  }
  return errors;
}

function validateClient({ url, service }: WebhookClientConfig, path: FieldPath): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (service) return validateClientService(service, path.at('service'));
  return validateWebhookUrl(url ?? '', path.at('url'));
}

/** The service that a webhook is. */
export function validateClientService(service: ServiceReference, path: FieldPath): FieldError[] {
  const { namespace, name, path: urlPath, port = 0 } = service;
  const errors: FieldError[] = [];
  // Kubernetes takes one for the other when it says which of the two is missing.
  if (!namespace) errors.push(required(path.at('name'), 'service name is required'));
  if (!name) errors.push(required(path.at('namespace'), 'service namespace is required'));
  const problems = checkPortNumber(port);
  if (problems.length > 0) {
    errors.push(invalid(path.at('port'), port, `port is not valid: ${problems.join(', ')}`));
  }
  return [...errors, ...validateServicePath(urlPath ?? '', path.at('path'))];
}

function validateServicePath(urlPath: string, path: FieldPath): FieldError[] {
  if (urlPath === '' || urlPath === '/') return [];
  if (urlPath === '//') return [invalid(path, urlPath, 'segment[0] may not be empty')];
  const errors: FieldError[] = [];
  if (!urlPath.startsWith('/')) errors.push(invalid(path, urlPath, "must start with a '/'"));
  const segments = urlPath.slice(1).replace(/\/$/, '').split('/');
  const problems = segments.flatMap((segment, i) =>
    segment
      ? checkDns1123Subdomain(segment).map((problem) => `segment[${i}]: ${problem}`)
      : [`segment[${i}] may not be empty`],
  );
  return [...errors, ...problems.map((problem) => invalid(path, urlPath, problem))];
}
