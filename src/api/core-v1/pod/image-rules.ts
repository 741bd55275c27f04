import { type FieldError, invalid } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateChoice, validateEach } from '../../checks.ts';
import type { Container } from '../../generated/core/v1/types.ts';

const NAME = /^[^@]+?(?::(?<tag>[^:@/]+))?(?:@(?<digest>.+))?$/;

/**
 * The tag of an image's name: `latest` where neither tag nor digest is given, undefined for a
 * digest without a tag.
 */
export function imageTag(image: string): string | undefined {
  const groups = NAME.exec(image)?.groups;
  if (!groups) return undefined;
  return groups.tag ?? (groups.digest === undefined ? 'latest' : undefined);
}

/** When an image is fetched. */
export const validatePullPolicy = (policy: string | undefined, path: FieldPath): FieldError[] =>
  validateChoice(policy, ['Always', 'IfNotPresent', 'Never'], path);

/** What holds of the containers of a pod, though templates are spared. */
export const validateImageTexts = (
  containers: readonly Container[] | undefined,
  path: FieldPath,
): FieldError[] => validateEach(containers, path, validateImageText);

/** The name of an image has no spaces around it. */
export const validateImageText = (
  { image }: Pick<Container, 'image'>,
  path: FieldPath,
): FieldError[] =>
  image && image !== image.trim()
    ? [invalid(path.at('image'), image, 'must not have leading or trailing whitespace')]
    : [];
