import { quote } from '../../quote.ts';

const at = (problem: string, rest: string): string => `${problem} (at ${quote(rest)})`;

/** Why a text isn't an IP address, in the words of Go's `netip.ParseAddr`. */
export function addressProblem(text: string): string {
  const first = /[.:%]/.exec(text)?.[0];
  if (first === '.') return problemOfV4(text) ?? 'unable to parse IP';
  if (first === '%') return at('missing IPv6 address', text);
  return first === ':' ? (problemOfV6(text) ?? 'unable to parse IP') : 'unable to parse IP';
}

function problemOfV4(text: string): string | undefined {
  let [field, digits, dots] = [0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (/\d/.test(character)) {
      if (digits === 1 && field === 0) return 'IPv4 field has octet with leading zero';
      field = field * 10 + Number(character);
      digits++;
      if (field > 255) return 'IPv4 field has value >255';
    } else if (character === '.') {
      if (i === 0 || i === text.length - 1 || text[i - 1] === '.') {
        return at('IPv4 field must have at least one digit', text.slice(i));
      }
      if (dots === 3) return 'IPv4 address too long';
      [field, digits, dots] = [0, 0, dots + 1];
    } else return at('unexpected character', text.slice(i));
  }
  return dots < 3 ? 'IPv4 address too short' : undefined;
}

const FIELDS = 8;

function problemOfV6(text: string): string | undefined {
  let rest = text.split('%', 1)[0]!;
  let [fields, gap] = [0, -1];
  if (rest.startsWith('::')) {
    gap = 0;
    rest = rest.slice(2);
    if (rest === '') return undefined;
  }
  while (fields < FIELDS) {
    const [digits] = /^[\da-fA-F]*/.exec(rest)!;
    if (digits.length > 4) return at('each group must have 4 or less digits', rest);
    if (digits === '') {
      return at('each colon-separated field must have at least one digit', rest);
    }
    if (rest[digits.length] === '.') return problemOfEmbedded(rest, fields, gap);
    fields++;
    rest = rest.slice(digits.length);
    if (rest === '') break;
    if (rest[0] !== ':') return at('unexpected character, want colon', rest);
    if (rest.length === 1) return at('colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (rest[0] !== ':') continue;
    if (gap >= 0) return at('multiple :: in address', rest);
    gap = fields;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  if (rest !== '') return at('trailing garbage after address', rest);
  if (fields < FIELDS) return gap < 0 ? 'address string too short' : undefined;
  return gap < 0 ? undefined : 'the :: must expand to at least one field of zeros';
}

function problemOfEmbedded(rest: string, fields: number, gap: number): string | undefined {
  if (gap < 0 && fields !== FIELDS - 2) {
    return at('embedded IPv4 address must replace the final 2 fields of the address', rest);
  }
  if (fields > FIELDS - 2) {
    return at('too many hex fields to fit an embedded IPv4 at the end of the address', rest);
  }
  return problemOfV4(rest);
}
