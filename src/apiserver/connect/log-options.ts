import { parseTime, toTime } from '../../base/clock.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  invalidObject,
} from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { quote } from '../../machinery/quote.ts';
import { badRequest } from '../../machinery/status.ts';

const FLAGS = ['follow', 'previous', 'timestamps'] as const;
const NUMBERS = ['sinceSeconds', 'tailLines', 'limitBytes'] as const;

/** What of a log is asked for. */
export interface LogRequest {
  readonly container: string;
  /** The same in the words of a node. */
  readonly query: string;
}

/** Reads the query of a request for a log. Throws BadRequest or Invalid for what has no meaning. */
export function parseLogRequest(podName: string, text: string): LogRequest {
  const given = new URLSearchParams(text);
  const asked = new URLSearchParams();
  for (const name of FLAGS) if (flagOf(given.get(name))) asked.set(name, 'true');
  const numbers = new Map(NUMBERS.map((name) => [name, numberOf(given.get(name))]));
  const since = given.get('sinceTime');
  const sinceTime = since ? parseTime(since) : undefined;
  if (since && sinceTime === undefined) {
    throw badRequest(
      `parsing time ${quote(since)} as "2006-01-02T15:04:05Z07:00": cannot parse ${quote(since)} as "2006"`,
    );
  }
  check(podName, numbers, { time: sinceTime !== undefined, stream: given.has('stream') });
  for (const [name, value] of numbers) if (value !== undefined) asked.set(name, String(value));
  if (sinceTime !== undefined) asked.set('sinceTime', toTime(sinceTime));
  return { container: given.get('container') ?? '', query: asked.toString() };
}

type Numbers = ReadonlyMap<(typeof NUMBERS)[number], number | undefined>;

/** Which options besides the numbers are given. One stream alone can't be asked for. */
interface Given {
  readonly time: boolean;
  readonly stream: boolean;
}

function check(podName: string, numbers: Numbers, given: Given): void {
  const errors: FieldError[] = [];
  const at = (name: string): FieldPath => FieldPath.root.at(name);
  const tailLines = numbers.get('tailLines') ?? 0;
  if (tailLines < 0) {
    errors.push(invalid(at('tailLines'), tailLines, 'must be greater than or equal to 0'));
  }
  const atLeastOne = (name: 'limitBytes' | 'sinceSeconds'): void => {
    const value = numbers.get(name);
    if (value !== undefined && value < 1) {
      errors.push(invalid(at(name), value, 'must be greater than 0'));
    }
  };
  atLeastOne('limitBytes');
  if (given.time && numbers.get('sinceSeconds') !== undefined) {
    const detail = 'at most one of `sinceTime` or `sinceSeconds` may be specified';
    errors.push(forbiddenField(at(''), detail));
  } else atLeastOne('sinceSeconds');
  if (given.stream) errors.push(forbiddenField(at('stream'), 'may not be specified'));
  if (errors.length > 0) {
    throw invalidObject({ group: '', kind: 'PodLogOptions' }, podName, errors);
  }
}

/** Absent is no; what is there is yes unless it says no. */
export const flagOf = (value: string | null): boolean =>
  value !== null && !/^(?:false|0)$/i.test(value);

function numberOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (!/^[-+]?\d{1,15}$/.test(value)) {
    throw badRequest(`strconv.ParseInt: parsing ${quote(value)}: invalid syntax`);
  }
  return Number(value);
}
