import { badRequest } from '../status.ts';

/** One condition on one field of a list or watch. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

// Escaped characters are part of a term, so a comma after a backslash doesn't end it.
const TERM = /((?:\\[\s\S]|[^,\\])*\\?)(,|$)/y;

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  TERM.lastIndex = 0;
  for (;;) {
    const [, term, end] = TERM.exec(text)!;
    terms.push(term!);
    if (end === '') return terms;
  }
}

function unescapeValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let value = '';
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === '\\') value += unescapeCharacter(characters[++i]);
    else if (character === ',' || character === '=') {
      const code = character.charCodeAt(0);
      throw badRequest(`invalid field selector: unescaped character in value: ${code}`);
    } else value += character;
  }
  return value;
}

function unescapeCharacter(character: string | undefined): string {
  if (character === '\\' || character === ',' || character === '=') return character;
  throw badRequest(`invalid field selector: invalid escape sequence: \\${character ?? ''}`);
}

const escapeValue = (value: string): string => value.replace(/[\\,=]/g, '\\$&');

function parseTerm(term: string, selector: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  const [, field, operator, value] = match;
  return {
    field: field!,
    operator: operator === '!=' ? '!=' : '=',
    value: unescapeValue(value!),
  };
}

/** Chooses objects by the fields that their kind declares selectable. Immutable. */
export class FieldSelector {
  /** Matches every object. */
  static readonly everything = new FieldSelector([]);
  /** All must hold. */
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  /** Reads `metadata.name=web,status.phase!=Running`. Throws a BadRequest with Kubernetes' message. */
  static parse(text: string): FieldSelector {
    const terms = splitTerms(text)
      .filter((term) => term !== '')
      .sort();
    const requirements = terms
      .map((term) => parseTerm(term, text))
      .filter(({ field, value }) => field !== '' || value !== ''); // `=` asks for nothing.
    return requirements.length === 0 ? FieldSelector.everything : new FieldSelector(requirements);
  }

  get isEverything(): boolean {
    return this.requirements.length === 0;
  }

  /** The value that a field must have, when the selector asks for one. */
  exactValueOf(field: string): string | undefined {
    return this.requirements.find((each) => each.field === field && each.operator === '=')?.value;
  }

  /** `read` gives a field's value as text, empty where it is unset. */
  matches(read: (field: string) => string): boolean {
    return this.requirements.every(
      ({ field, operator, value }) => (read(field) === value) === (operator === '='),
    );
  }

  /** The text form, which `parse` reads back. */
  toString(): string {
    return this.requirements
      .map(({ field, operator, value }) => `${field}${operator}${escapeValue(value)}`)
      .join(',');
  }
}
