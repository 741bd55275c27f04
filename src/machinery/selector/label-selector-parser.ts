import { FieldPath } from '../field-path.ts';
import { badRequest, isStatusError } from '../status.ts';
import {
  BINARY_OPERATORS,
  keyErrors,
  type LabelOperator,
  type LabelRequirement,
  labelRequirement,
} from './label-requirement.ts';

// The grammar is that of `labels.Parse`: requirements joined by commas, each of which is
// `key`, `!key`, `key = value` (also ==, !=, <, >), or `key in (value, …)` (also notin).
const TOKEN = /[ \t\r\n]*(?:(==|!=|[=!(),><])|([^=!(),>< \t\r\n]+))/y;

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

const END = '';

interface Token {
  readonly text: string;
  /** A key, a value, or one of the words `in` and `notin`. */
  readonly isWord: boolean;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    tokens.push({ text: match[1] ?? match[2]!, isWord: match[2] !== undefined });
  }
  return tokens;
}

const END_TOKEN: Token = { text: END, isWord: false };

class LabelSelectorParser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    while (!this.#isAt(END)) {
      const { text, isWord } = this.#peek();
      if (!isWord && text !== '!') {
        throw unexpected(text, ", expected: !, identifier, or 'end of string'");
      }
      requirements.push(this.#requirement());
      this.#separator();
    }
    return requirements;
  }

  #separator(): void {
    const { text } = this.#take();
    if (text === END) return;
    if (text !== ',') throw unexpected(text, ", expected: ',' or 'end of string'");
    const next = this.#peek();
    if (!next.isWord && next.text !== '!') {
      throw unexpected(next.text, ", expected: identifier after ','");
    }
  }

  #requirement(): LabelRequirement {
    try {
      return this.#requirementOf();
    } catch (error) {
      if (!isStatusError(error)) throw error;
      throw badRequest(`unable to parse requirement: ${error.message}`);
    }
  }

  #requirementOf(): LabelRequirement {
    const isAbsent = this.#isAt('!');
    if (isAbsent) this.#take();
    const key = this.#key();
    if (isAbsent) return labelRequirement(key, '!', []);
    if (this.#isAt(END) || this.#isAt(',')) return labelRequirement(key, 'exists', []);
    const operator = this.#operator();
    const isSet = operator === 'in' || operator === 'notin';
    const values = isSet ? this.#values() : [this.#value()];
    return labelRequirement(key, operator, values);
  }

  #key(): string {
    const { text, isWord } = this.#take();
    if (!isWord) throw unexpected(text, ', expected: identifier');
    const [error] = keyErrors(text, FieldPath.root);
    if (error) throw badRequest(`${error.field}: ${error.message}`);
    return text;
  }

  #operator(): LabelOperator {
    const { text } = this.#take();
    const operator = Object.hasOwn(OPERATORS, text) ? OPERATORS[text] : undefined;
    if (!operator) throw unexpected(text, `, expected: ${BINARY_OPERATORS.join(', ')}`);
    return operator;
  }

  #value(): string {
    if (this.#isAt(END) || this.#isAt(',')) return '';
    const { text, isWord } = this.#take();
    if (!isWord) throw unexpected(text, ', expected: identifier');
    return text;
  }

  #values(): string[] {
    const open = this.#take();
    if (open.text !== '(') throw unexpected(open.text, " expected: '('");
    const { text, isWord } = this.#peek();
    if (!isWord && text !== ',' && text !== ')') {
      throw unexpected(text, ", expected: ',', ')' or identifier");
    }
    // Between commas, and between a comma and a parenthesis, stands the empty value.
    const values: string[] = [];
    for (;;) {
      values.push(this.#peek().isWord ? this.#take().text : '');
      const after = this.#take();
      if (after.text === ')') return values;
      if (after.text !== ',') throw unexpected(after.text, ", expected: ',' or ')'");
      this.#assertListGoesOn();
    }
  }

  #assertListGoesOn(): void {
    const { text, isWord } = this.#peek();
    if (isWord || text === ',' || text === ')') return;
    throw unexpected(text, ", expected: ',', or identifier");
  }

  #isAt(text: string): boolean {
    const token = this.#peek();
    return !token.isWord && token.text === text;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? END_TOKEN;
  }

  #take(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }
}

const unexpected = (found: string, expected: string) => badRequest(`found '${found}'${expected}`);

/** Reads the text form of a label selector. Throws a BadRequest with Kubernetes' message. */
export const parseLabelRequirements = (text: string): LabelRequirement[] =>
  new LabelSelectorParser(text).parse();
