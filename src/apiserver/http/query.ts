import type { RequestOptions } from '../../machinery/api-request.ts';
import { quote } from '../../machinery/quote.ts';
import { badRequest } from '../../machinery/status.ts';

type Writable = { -readonly [K in keyof RequestOptions]: RequestOptions[K] };

/** The options in a query, and the parameters that concern HTTP alone. */
export interface Query {
  readonly options: RequestOptions;
  readonly isWatch: boolean;
  readonly isPretty: boolean;
  /** `Object`, `Metadata`, `None`: what rows of a Table carry. */
  readonly includeObject: string | undefined;
  /** As it came, for what speaks parameters of its own. Empty without a query. */
  readonly text: string;
}

const EMPTY: Query = {
  options: {},
  isWatch: false,
  isPretty: false,
  includeObject: undefined,
  text: '',
};

/** Reads the query of a URL. Throws BadRequest for a number that isn't one. */
export function parseQuery(text: string): Query {
  if (text === '') return EMPTY;
  const options: Writable = {};
  let isWatch = false;
  let isPretty = false;
  let includeObject: string | undefined;
  for (const [name, value] of new URLSearchParams(text)) {
    const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (read !== undefined) read(options, value);
    else if (name === 'watch') isWatch = parseBoolean(value);
    else if (name === 'pretty') isPretty = parseBoolean(value);
    else if (name === 'includeObject') includeObject = value;
  }
  return { options, isWatch, isPretty, includeObject, text };
}

type TextOption =
  | 'labelSelector'
  | 'fieldSelector'
  | 'continue'
  | 'resourceVersion'
  | 'resourceVersionMatch'
  | 'fieldManager'
  | 'fieldValidation'
  | 'propagationPolicy';

// Of a parameter that comes several times the first counts.
const text = (name: TextOption) => (options: Writable, value: string) => {
  options[name] ??= value;
};

const integer =
  (name: 'limit' | 'timeoutSeconds' | 'gracePeriodSeconds') =>
  (options: Writable, value: string) => {
    options[name] ??= parseInteger(value);
  };

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
  limit: integer('limit'),
  timeoutSeconds: integer('timeoutSeconds'),
  gracePeriodSeconds: integer('gracePeriodSeconds'),
  allowWatchBookmarks: flag('allowWatchBookmarks'),
  sendInitialEvents: flag('sendInitialEvents'),
  force: flag('force'),
  orphanDependents: flag('orphanDependents'),
  dryRun(options, value) {
    options.dryRun = [...(options.dryRun ?? []), value];
  },
};

function parseInteger(value: string): number | undefined {
  if (value === '') return undefined;
  if (!/^[-+]?\d{1,15}$/.test(value)) {
    throw badRequest(`strconv.ParseInt: parsing ${quote(value)}: invalid syntax`);
  }
  return Number(value);
}

/** As Kubernetes reads flags: false when it says so, true for whatever else. */
function parseBoolean(value: string): boolean {
  const lower = value.toLowerCase();
  return lower !== 'false' && lower !== '0';
}
