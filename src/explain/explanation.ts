import type { KubeObject } from '../machinery/object.ts';
import { type ResourceReference, referenceTo } from './reference.ts';

/**
 * Why something is as it is: what is the matter in one line, what shows it, what would mend it.
 * This is what `tutti why -o json` prints, and stays as it is: fields are added, none is renamed.
 */
export interface Explanation {
  /** What it is about. */
  readonly about: ResourceReference;
  /** `well`: nothing is the matter; `waiting`: it may come right by itself; `wrong`: it won't. */
  readonly state: 'well' | 'waiting' | 'wrong';
  /** What is the matter. */
  readonly summary: string;
  /** What shows it, the most telling first. */
  readonly evidence: readonly Evidence[];
  /** What would mend it, the smallest change first. */
  readonly advice: readonly Advice[];
  /** Where the matter lies in something else: why that is as it is. */
  readonly causes: readonly Explanation[];
}

/** One fact. */
export interface Evidence {
  /** What it is about, in a word or two: `node-1, node-2`, `container web`, `event`. */
  readonly subject: string;
  readonly text: string;
}

/** One way to mend it. */
export interface Advice {
  readonly text: string;
  /** Commands that do it, where there are such. */
  readonly commands: readonly string[];
  /** Whether the change was made on a copy of the cluster, and mended it there. */
  readonly isTried: boolean;
}

/** The explanation of an object, empty but for what is said. */
export const explained = (
  object: KubeObject,
  parts: Pick<Explanation, 'state' | 'summary'> & Partial<Explanation>,
): Explanation => ({
  about: referenceTo(object),
  evidence: [],
  advice: [],
  causes: [],
  ...parts,
});

/** Advice that nobody has tried. */
export const untried = (text: string, ...commands: string[]): Advice => ({
  text,
  commands,
  isTried: false,
});
