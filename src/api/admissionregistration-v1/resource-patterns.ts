import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateEach } from '../checks.ts';

/** Names of resources and subresources with wildcards, none of which another covers already. */
export function validateResources(resources: readonly string[], path: FieldPath): FieldError[] {
  if (resources.length === 0) return [required(path)];
  return [...validateEachResource(resources, path), ...validateWildcards(resources, path)];
}

function validateEachResource(resources: readonly string[], path: FieldPath): FieldError[] {
  const [wholeResources, wholeSubresources] = [new Set<string>(), new Set<string>()];
  return validateEach(resources, path, (pattern, at) => {
    if (!pattern) return [required(at)];
    const slash = pattern.indexOf('/');
    if (slash < 0) return [];
    const [resource, subresource] = [pattern.slice(0, slash), pattern.slice(slash + 1)];
    const covers = [
      ...(wholeResources.has(resource) ? [`${resource}/*`] : []),
      ...(wholeSubresources.has(subresource) ? [`*/${subresource}`] : []),
    ];
    if (subresource === '*') wholeResources.add(resource);
    if (resource === '*') wholeSubresources.add(subresource);
    return covers.map((cover) =>
      invalid(at, pattern, `if '${cover}' is present, must not specify ${pattern}`),
    );
  });
}

function validateWildcards(resources: readonly string[], path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (resources.length > 1 && resources.includes('*/*')) {
    const detail = "if '*/*' is present, must not specify other resources";
    errors.push(invalid(path, resources, detail));
  }
  // Kubernetes looks at the last plain name only.
  const last = resources.findLast((pattern) => pattern && !pattern.includes('/'));
  if (resources.includes('*') && last !== '*') {
    const detail = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(path, resources, detail));
  }
  return errors;
}
