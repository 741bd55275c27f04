import type { RequestOptions } from '../../machinery/api-request.ts';
import { quote } from '../../machinery/quote.ts';
import { badRequest, type StatusError } from '../../machinery/status.ts';

type Writable = { -readonly [K in keyof RequestOptions]: RequestOptions[K] };

/** The options in a query, and the parameters that concern HTTP alone. */
export interface Query {
  readonly options: RequestOptions;
  readonly isWatch: boolean;
  /** Undefined where the client leaves it to us. */
  readonly isPretty: boolean | undefined;
  /** `Object`, `Metadata`, `None`: what rows of a Table carry. */
  readonly includeObject: string | undefined;
  /** As it came, for what speaks parameters of its own. Empty without a query. */
  readonly text: string;
  /** Asks for an object without what the server set, which nobody gives any more. */
  readonly isExport: boolean;
  /** What is wrong with numbers and durations. Only who would read them says so. */
  readonly faults: ReadonlyMap<NumberOption | 'timeout', StatusError>;
}

type NumberOption = 'limit' | 'timeoutSeconds' | 'gracePeriodSeconds';

const NO_FAULTS: Query['faults'] = new Map();

const EMPTY: Query = {
  options: {},
  isWatch: false,
  isPretty: undefined,
  includeObject: undefined,
  isExport: false,
  text: '',
  faults: NO_FAULTS,
};

/** Reads the query of a URL. Of a parameter that comes several times the first counts. */
export function parseQuery(text: string): Query {
  if (text === '') return EMPTY;
  const options: Writable = {};
  let isWatch: boolean | undefined;
  let isPretty: boolean | undefined;
  let includeObject: string | undefined;
  let isExport: boolean | undefined;
  let faults: Map<NumberOption | 'timeout', StatusError> | undefined;
  for (const [name, value] of new URLSearchParams(text)) {
    const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (read !== undefined) read(options, value);
    else if (isNumberOption(name)) {
      const isFirst = options[name] === undefined && !faults?.has(name);
      const number = isFirst ? parseInteger(value) : undefined;
      if (typeof number === 'number') options[name] = number;
      else if (number !== undefined) faults = new Map(faults).set(name, number);
    } else if (name === 'watch') isWatch ??= parseBoolean(value);
    else if (name === 'pretty') isPretty ??= value === '' ? undefined : TRUE.has(value);
    else if (name === 'export') isExport ??= parseBoolean(value);
    else if (name === 'includeObject') includeObject ??= value;
    else if (name === 'timeout' && value !== '' && faults?.has(name) !== true) {
      const problem = durationProblem(value);
      if (problem === undefined) continue;
      const fault = badRequest(`invalid timeout specified in the request URL - ${problem}`);
      faults = new Map(faults).set(name, fault);
    }
  }
  return {
    options,
    isWatch: isWatch ?? false,
    isPretty,
    includeObject,
    isExport: isExport ?? false,
    text,
    faults: faults ?? NO_FAULTS,
  };
}

type TextOption =
  | 'labelSelector'
  | 'fieldSelector'
  | 'continue'
  | 'resourceVersion'
  | 'resourceVersionMatch'
  | 'fieldManager'
  | 'fieldValidation'
  | 'propagationPolicy'
  | 'uid';

const text = (name: TextOption) => (options: Writable, value: string) => {
  options[name] ??= value;
};

const isNumberOption = (name: string): name is NumberOption =>
  name === 'limit' || name === 'timeoutSeconds' || name === 'gracePeriodSeconds';

const flag =
  (name: 'allowWatchBookmarks' | 'sendInitialEvents' | 'force' | 'orphanDependents') =>
  (options: Writable, value: string) => {
    options[name] ??= parseBoolean(value);
  };

const READERS: Readonly<Record<string, (options: Writable, value: string) => void>> = {
  labelSelector: text('labelSelector'),
  fieldSelector: text('fieldSelector'),
  continue: text('continue'),
  resourceVersion: text('resourceVersion'),
  resourceVersionMatch: text('resourceVersionMatch'),
  fieldManager: text('fieldManager'),
  fieldValidation: text('fieldValidation'),
  propagationPolicy: text('propagationPolicy'),
  uid: text('uid'),
  allowWatchBookmarks: flag('allowWatchBookmarks'),
  sendInitialEvents: flag('sendInitialEvents'),
  force: flag('force'),
  orphanDependents: flag('orphanDependents'),
  dryRun(options, value) {
    options.dryRun = [...(options.dryRun ?? []), value];
  },
};

const INT64_MAX = 2n ** 63n - 1n;

/** As Go's `strconv.ParseInt` reads 64 bits; what is beyond 2^53 comes out rounded. */
function parseInteger(value: string): number | StatusError {
  const isWhole = /^[-+]?\d+$/.test(value);
  if (isWhole && value.length <= 15) return Number(value);
  const number = isWhole && value.length <= 32 ? BigInt(value.replace('+', '')) : undefined;
  if (number !== undefined && number <= INT64_MAX && number >= -INT64_MAX - 1n) {
    return Number(number);
  }
  const fault = isWhole ? 'value out of range' : 'invalid syntax';
  return badRequest(`strconv.ParseInt: parsing ${quote(value)}: ${fault}`);
}

/** What is wrong with a duration such as `1m30s`, as Go's `time.ParseDuration` says it. */
function durationProblem(text: string): string | undefined {
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return undefined;
  let rest = unsigned;
  do {
    const [number = ''] = /^\d*\.?\d*/.exec(rest) ?? [];
    if (!/\d/.test(number)) return `time: invalid duration ${quote(text)}`;
    rest = rest.slice(number.length);
    const [unit = ''] = /^[^\d.]*/.exec(rest) ?? [];
    if (unit === '') return `time: missing unit in duration ${quote(text)}`;
    if (!UNITS.has(unit)) return `time: unknown unit ${quote(unit)} in duration ${quote(text)}`;
    rest = rest.slice(unit.length);
  } while (rest !== '');
  return undefined;
}

/** What Go's `strconv.ParseBool` takes for true. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

const UNITS = new Set(['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h']);

/** As Kubernetes reads flags: false when it says so, true for whatever else. */
function parseBoolean(value: string): boolean {
  const lower = value.toLowerCase();
  return lower !== 'false' && lower !== '0';
}
