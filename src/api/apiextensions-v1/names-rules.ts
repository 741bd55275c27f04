import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkDns1035Label } from '../../machinery/validation/names.ts';
import { validateEach } from '../checks.ts';
import type { CustomResourceDefinitionNames } from '../generated/apiextensions/v1/types.ts';

/** The names of a kind, of which any may be missing. */
export function validateNames(
  names: Partial<CustomResourceDefinitionNames>,
  path: FieldPath,
): FieldError[] {
  const { plural, singular, kind, listKind, shortNames, categories } = names;
  const errors = [
    ...validateLabel(plural, path.at('plural')),
    ...validateLabel(singular, path.at('singular')),
    ...validateKind(kind, path.at('kind')),
    ...validateKind(listKind, path.at('listKind')),
    ...validateEach(shortNames, path.at('shortNames'), validateElement),
  ];
  if (kind && kind === listKind) {
    const detail = 'kind and listKind may not be the same';
    errors.push(invalid(path.at('listKind'), listKind, detail));
  }
  return [...errors, ...validateEach(categories, path.at('categories'), validateElement)];
}

/** Which names a kind can't do without. */
export const validateNamesPresent = (
  names: Partial<CustomResourceDefinitionNames>,
  path: FieldPath,
): FieldError[] =>
  (['plural', 'singular', 'kind', 'listKind'] as const)
    .filter((name) => !names[name])
    .map((name) => required(path.at(name)));

/** A lower-case label that starts with a letter; all that is wrong with it in one message. */
function validateElement(value: string, path: FieldPath): FieldError[] {
  const problems = checkDns1035Label(value);
  return problems.length === 0 ? [] : [invalid(path, value, problems.join(','))];
}

const validateLabel = (value: string | undefined, path: FieldPath): FieldError[] =>
  value ? validateElement(value, path) : [];

function validateKind(value: string | undefined, path: FieldPath): FieldError[] {
  if (!value) return [];
  const problems = checkDns1035Label(value.toLowerCase());
  if (problems.length === 0) return [];
  const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
  return [invalid(path, value, detail)];
}
