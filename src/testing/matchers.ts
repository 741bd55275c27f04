import { healthOf } from '../cli/health.ts';
import type { KubeObject } from '../machinery/object.ts';

/** What a matcher of Jest and Vitest answers. */
export interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What `expect(object)` can do with them, for declaring so to TypeScript; see docs/testing.md. */
export interface ClusterMatchers<R = unknown> {
  /** A workload has so many ready pods, of the state that was asked for last. */
  toHaveReady(count: number): R;
  /** An object has become what was asked for. */
  toBeHealthy(): R;
}

/**
 * For `expect.extend(matchers)` in Jest and Vitest. Under node:test, `assertHealthy` and
 * `assertReady` say the same.
 */
export const matchers = {
  /** A workload has so many ready pods, of the state that was asked for last. */
  toHaveReady(object: KubeObject, count: number): Matched {
    assertObject(object);
    const { ready, isSeen } = readiness(object);
    const seen = isSeen ? '' : ', of an older state than was asked for';
    return {
      pass: isSeen && ready === count,
      message: () => `${titleOf(object)} has ${ready} ready${seen}; ${count} were expected`,
    };
  },
  /** An object has become what was asked for. */
  toBeHealthy(object: KubeObject): Matched {
    assertObject(object);
    const { state, text } = healthOf(object);
    return { pass: state === 'healthy', message: () => `${titleOf(object)}: ${text}` };
  },
};

/** Throws unless a workload has so many ready pods. */
export function assertReady(object: KubeObject, count: number): void {
  const { pass, message } = matchers.toHaveReady(object, count);
  if (!pass) throw new Error(message());
}

/** Throws unless an object has become what was asked for. */
export function assertHealthy(object: KubeObject): void {
  const { pass, message } = matchers.toBeHealthy(object);
  if (!pass) throw new Error(message());
}

/** `find` answers undefined, and a list its items: what isn't an object is said rather than read. */
function assertObject(object: KubeObject): void {
  const { metadata } = (object ?? {}) as Partial<KubeObject>;
  if (metadata?.name === undefined) throw new TypeError(`${object} is no object of a cluster`);
}

interface Workload extends KubeObject {
  readonly status?: { readonly readyReplicas?: number; readonly observedGeneration?: number };
}

function readiness({ metadata, status = {} }: Workload): { ready: number; isSeen: boolean } {
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return { ready: status.readyReplicas ?? 0, isSeen };
}

const titleOf = ({ kind, metadata }: KubeObject): string =>
  `${kind.toLowerCase()}/${metadata.name}`;
