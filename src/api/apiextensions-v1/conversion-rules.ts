import { type FieldError, forbiddenField, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkDns1035Label } from '../../machinery/validation/names.ts';
import { validateClientService } from '../admissionregistration-v1/webhook-rules.ts';
import { validateWebhookUrl } from '../admissionregistration-v1/webhook-url.ts';
import { certificateProblem } from '../certificates-v1/pem.ts';
import { validateChoice } from '../checks.ts';
import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  WebhookClientConfig,
} from '../generated/apiextensions/v1/types.ts';

const STRATEGIES = ['None', 'Webhook'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

/** How objects become those of other versions. */
export function validateConversion(
  conversion: CustomResourceConversion | undefined,
  path: FieldPath,
  previous: CustomResourceDefinition | undefined,
): FieldError[] {
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  const errors = validateChoice(strategy, STRATEGIES, path.at('strategy'));
  const client = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const clientPath = path.at('webhookClientConfig');
  const versionsPath = path.at('conversionReviewVersions');
  if (strategy === 'Webhook') {
    return [
      ...errors,
      ...(client
        ? validateClient(client, clientPath, previous)
        : [required(clientPath, 'required when strategy is set to Webhook')]),
      ...validateReviewVersions(versions, versionsPath, previous),
    ];
  }
  const detail = 'should not be set when strategy is not set to Webhook';
  if (client) errors.push(forbiddenField(clientPath, detail));
  if (versions.length > 0) errors.push(forbiddenField(versionsPath, detail));
  return errors;
}

function validateClient(
  { url, service, caBundle }: WebhookClientConfig,
  path: FieldPath,
  previous: CustomResourceDefinition | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(path, 'exactly one of url or service is required'));
  } else if (service) errors.push(...validateClientService(service, path.at('service')));
  else errors.push(...validateWebhookUrl(url ?? '', path.at('url')));
  if (!caBundle || mayBeBroken(previous)) return errors;
  if (certificateProblem(caBundle) === undefined) return errors;
  const detail = 'unable to load root certificates: unable to parse bytes as PEM block';
  return [...errors, invalid(path.at('caBundle'), caBundle, detail)];
}

/** A bundle may be filled in later, and one that was broken may stay so. */
function mayBeBroken(previous: CustomResourceDefinition | undefined): boolean {
  const conditions = previous?.status.conditions ?? [];
  const isEstablished = conditions.some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
  if (!isEstablished) return true;
  const before = previous?.spec.conversion?.webhook?.clientConfig?.caBundle;
  return Boolean(before) && certificateProblem(before) !== undefined;
}

function validateReviewVersions(
  versions: readonly string[],
  path: FieldPath,
  previous: CustomResourceDefinition | undefined,
): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const seen = new Set<string>();
  const errors = versions.flatMap((version, i) => {
    if (seen.has(version)) return [invalid(path.index(i), version, 'duplicate version')];
    seen.add(version);
    const problems = checkDns1035Label(version);
    return problems.map((problem) => invalid(path.index(i), version, problem));
  });
  const before = previous?.spec.conversion?.webhook?.conversionReviewVersions ?? [];
  const mustBeKnown = before.length === 0 || isKnownAmong(before);
  if (mustBeKnown && !isKnownAmong(versions)) {
    const detail = `must include at least one of ${REVIEW_VERSIONS.join(', ')}`;
    errors.push(invalid(path, versions, detail));
  }
  return errors;
}

const isKnownAmong = (versions: readonly string[]): boolean =>
  versions.some((version) => REVIEW_VERSIONS.includes(version));
