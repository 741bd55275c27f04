import { readdirSync, readFileSync } from 'node:fs';

/** Whom a request is made as, by impersonation. */
export type As =
  | string
  | {
      readonly user: string;
      readonly groups?: readonly string[];
      readonly uid?: string;
      readonly extra?: Readonly<Record<string, string>>;
    };

/** What a request is repeated until: for what takes effect a moment later. */
export interface Until {
  readonly status?: number;
  readonly header?: string;
  readonly includes?: string;
  readonly path?: string;
  readonly equals?: unknown;
}

/** One request, and what a kube-apiserver 1.36 answered. */
export interface Step {
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Those with null are not sent. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: unknown;
  /** The body is text that stands for bytes. */
  readonly base64?: boolean;
  readonly as?: As;
  /** What of the answer later steps refer to as `${name}`: its path by name. */
  readonly capture?: Readonly<Record<string, string>>;
  readonly watch?: { readonly events?: number; readonly timeoutSeconds?: number };
  readonly retry?: Until;
  /** Only prepares the next steps; its answer isn't looked at. */
  readonly setup?: boolean;
  /** The paths of the answer that are looked at. */
  readonly only?: readonly string[];
  readonly answer?: Seen;
}

/** An answer in the form in which answers are compared; see `Normaliser`. */
export interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Requests that belong together, in a namespace of their own. */
export interface Recording {
  readonly area: string;
  readonly name: string;
  /** What it pins. */
  readonly why: string;
  /** It changes what the whole cluster sees, so it runs alone. */
  readonly serial?: boolean;
  readonly steps: readonly Step[];
}

/** All recordings, or those of an area, in the order of their names. */
export function readRecordings(folder: URL, only?: string): Recording[] {
  const areas = readdirSync(folder)
    .sort()
    .filter((area) => only === undefined || area === only);
  return areas.flatMap((area) =>
    readdirSync(new URL(`${area}/`, folder))
      .sort()
      .map((file) => {
        const text = readFileSync(new URL(`${area}/${file}`, folder), 'utf8');
        return { area, ...(JSON.parse(text) as Omit<Recording, 'area'>) };
      }),
  );
}

/** The part of a value at `a.b[0].c`, or at `conditions[type=Ready].status`. */
export function pick(value: unknown, path: string): unknown {
  let part = value;
  for (const step of path.match(/[^.[\]]+(?=[.[\]]|$)|\[[^\]]*\]/g) ?? []) {
    if (part === null || part === undefined) return undefined;
    const [key = '', equals] = step.replace(/^\[|\]$/g, '').split('=');
    part =
      equals === undefined
        ? (part as Record<string, unknown>)[key]
        : (part as unknown[]).find((each) => String(pick(each, key)) === equals);
  }
  return part;
}

/** As `pick`; `items[].metadata.name` is that of each element. */
export function select(value: unknown, path: string): unknown {
  const [list = '', rest] = path.split('[].');
  if (rest === undefined) return pick(value, path);
  return ((pick(value, list) ?? []) as unknown[]).map((each) => pick(each, rest));
}
