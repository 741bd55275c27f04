import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CaseNames, Normaliser } from './normaliser.ts';
import { pick, type Recording, type Seen, type Step, select, type Until } from './recording.ts';
import { bodyOf, type RawAnswer, type Wire } from './wire.ts';

type Fields = Record<string, unknown>;

const COMPARED_HEADERS = ['content-type', 'warning', 'retry-after', 'location', 'allow'];
const RETRY_MS = 50;
/** Nothing here is far away, so what takes effect a moment later does so soon. */
const PATIENCE_MS = 2000;

/** Plays a recording against a server; what each step was answered, undefined for preparations. */
export async function play(wire: Wire, recording: Recording): Promise<(Seen | undefined)[]> {
  const names: CaseNames = {
    namespace: `ns-${letters(8)}`,
    prefix: `zq${letters(8)}`,
    host: wire.host,
  };
  const performance = new Performance(wire, recording, names);
  try {
    return await performance.run();
  } finally {
    await performance.cleanUp();
  }
}

class Performance {
  readonly #wire: Wire;
  readonly #steps: readonly Step[];
  readonly #namespace: string;
  readonly #normaliser: Normaliser;
  readonly #values: Record<string, unknown>;
  readonly #made = new Set<string>();
  #isPatient = true;

  constructor(wire: Wire, { area: _, ...recording }: Recording, names: CaseNames) {
    this.#wire = wire;
    this.#steps = recording.steps;
    this.#namespace = names.namespace;
    this.#values = { ns: names.namespace, id: names.prefix };
    const asked = recording.steps.map(({ answer, ...step }) => step);
    const requests = JSON.stringify({ ...recording, steps: asked });
    this.#normaliser = new Normaliser(requests, names, Date.now());
  }

  async run(): Promise<(Seen | undefined)[]> {
    const namespaces = '/api/v1/namespaces';
    await this.#quietly('POST', namespaces, { metadata: { name: this.#namespace } });
    const accounts = `${namespaces}/${this.#namespace}/serviceaccounts`;
    await this.#quietly('POST', accounts, { metadata: { name: 'default' } });
    const seen: (Seen | undefined)[] = [];
    for (const step of this.#steps) seen.push(await this.#play(substitute(step, this.#values)));
    return seen;
  }

  async #play(step: Step): Promise<Seen | undefined> {
    const { answer, body } = await this.#ask(step);
    this.#remember(step, answer, body);
    for (const [name, path] of Object.entries(step.capture ?? {})) {
      this.#values[name] = pick(body, path) ?? '';
    }
    if (step.setup) return undefined;
    const compared = COMPARED_HEADERS.filter((name) => answer.headers[name] !== undefined);
    const value = (given: unknown, key?: string) => this.#normaliser.value(given, key);
    const headers = Object.fromEntries(
      compared.map((name) => [name, value(answer.headers[name])] as const),
    );
    const shown = step.only
      ? Object.fromEntries(
          step.only.map((path) => [
            this.#normaliser.text(path),
            value(select(body, path), path.split('.').pop()),
          ]),
        )
      : value(body);
    // As JSON, which knows no undefined members.
    return JSON.parse(JSON.stringify({ status: answer.status, headers, body: shown })) as Seen;
  }

  /** Sends a step, again and again until what it waits for holds. Waits in vain once at most. */
  async #ask(step: Step): Promise<{ answer: RawAnswer; body: unknown }> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.#wire.send(step);
      const body = bodyOf(answer, step);
      if (isMet(step.retry, answer, body)) return { answer, body };
      this.#isPatient &&= Date.now() < until;
      if (!this.#isPatient) return { answer, body };
      if (step.method === 'POST' && answer.status === 201) {
        await this.#remove(`${step.path}/${pick(body, 'metadata.name')}`);
      }
      await sleep(RETRY_MS);
    }
  }

  #remember({ method = 'GET', path, query, body: sent }: Step, answer: RawAnswer, body: unknown) {
    const name = pick(body, 'metadata.name') ?? pick(sent, 'metadata.name');
    const isWrite = ['POST', 'PUT', 'PATCH'].includes(method) && !query?.dryRun;
    if (answer.status >= 300 || !name || !isWrite) return;
    this.#made.add(method === 'POST' ? `${path}/${name}` : path);
  }

  async cleanUp(): Promise<void> {
    const namespace = `/api/v1/namespaces/${this.#namespace}`;
    const own = [`${namespace}/serviceaccounts/default`, namespace];
    for (const path of [...[...this.#made].reverse(), ...own]) await this.#remove(path);
  }

  /** Deletes an object at once, whatever finalizers hold it. */
  async #remove(path: string): Promise<void> {
    const options = { gracePeriodSeconds: 0, propagationPolicy: 'Background' };
    const deleted = await this.#quietly('DELETE', path, options);
    const finalizers = (pick(deleted, 'metadata.finalizers') ?? []) as string[];
    if (finalizers.some((each) => !each.startsWith('customresourcecleanup'))) {
      await this.#quietly('PATCH', path, { metadata: { finalizers: null } });
    }
    if (!deleted || !/^\/api\/v1\/namespaces\/[^/]+$/.test(path)) return;
    const left = await this.#quietly('GET', path);
    if (left) await this.#quietly('PUT', `${path}/finalize`, { ...left, spec: { finalizers: [] } });
  }

  /** The object that a request is answered with, if it succeeds. */
  async #quietly(method: string, path: string, body?: object): Promise<Fields | undefined> {
    const type = { 'content-type': 'application/merge-patch+json' };
    const headers = method === 'PATCH' && { headers: type };
    const step: Step = { method, path, ...headers, ...(body && { body }) };
    const answer = await this.#wire.send(step).catch(() => undefined);
    if (answer === undefined || answer.status >= 300) return undefined;
    return bodyOf(answer, step) as Fields;
  }
}

/** With `${name}` as the value of that name, and `${repeat:x:9}` as nine times x. */
function substitute({ answer: _, ...step }: Step, values: Readonly<Record<string, unknown>>): Step {
  const text = JSON.stringify(step)
    .replace(/\$\{repeat:(.):(\d+)\}/g, (_, text: string, times) => text.repeat(Number(times)))
    .replace(/\$\{(\w+)\}/g, (all, name: string) =>
      name in values ? JSON.stringify(String(values[name])).slice(1, -1) : all,
    );
  return JSON.parse(text) as Step;
}

function isMet(until: Until | undefined, answer: RawAnswer, body: unknown): boolean {
  if (until === undefined) return true;
  if (until.status) return answer.status === until.status;
  if (until.header) {
    return String(answer.headers[until.header] ?? '').includes(until.includes ?? '');
  }
  return String(pick(body, until.path ?? '')) === String(until.equals);
}

const letters = (count: number): string =>
  Array.from({ length: count }, () => String.fromCharCode(0x61 + randomInt(26))).join('');
