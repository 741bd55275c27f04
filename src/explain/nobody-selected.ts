import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import { editDistance } from '../base/edit-distance.ts';
import type { Labels } from '../machinery/selector/label-selector.ts';
import { type Explanation, untried } from './explanation.ts';

const CANDIDATES_SHOWN = 5;
const MOST_TYPING_MISTAKES = 2;

/** Pods that a selector misses, all by the same labels. */
interface Candidate {
  readonly pods: readonly string[];
  /** The labels that are other than wanted; undefined where there is none. */
  readonly has: readonly (readonly [key: string, value: string | undefined])[];
  /** How many letters its labels are from those wanted. */
  readonly distance: number;
}

/** A service that selects no pod: those that come near, and which of them is surely meant. */
export function explainNobodySelected(
  { spec, metadata }: Service,
  all: readonly Pod[],
): Pick<Explanation, 'state' | 'summary' | 'evidence' | 'advice'> {
  const selector = spec.selector ?? {};
  const candidates = candidatesFor(selector, all);
  const meant = surelyMeant(candidates, selector, metadata.name);
  const shown = meant ? [meant] : candidates.slice(0, CANDIDATES_SHOWN);
  const words = (meant?.has ?? []).map(([key, value]) => `${key}: ${value}`).join(', ');
  const text = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return {
    state: 'wrong',
    summary: `no pod has the labels that it selects: ${text.join(',')}`,
    evidence: shown.map(({ pods, has }) => ({
      subject: pods.length === 1 ? `pod ${pods[0]}` : `pods ${pods[0]} and ${pods.length - 1} more`,
      text: `${meant ? 'comes nearest: it ' : ''}has ${shownLabels(has)}`,
    })),
    advice: meant ? [untried(`let its selector say ${words}`)] : [],
  };
}

const shownLabels = (has: Candidate['has']): string =>
  has.map(([key, value]) => `${key}=${value ?? '(none)'}`).join(', ');

/** Pods that have at least one of the labels with some value, the nearest first. */
function candidatesFor(selector: Labels, all: readonly Pod[]): Candidate[] {
  const wanted = Object.entries(selector);
  const found = new Map<string, Candidate>();
  for (const { metadata } of all) {
    const { name, labels = {} } = metadata;
    if (wanted.every(([key]) => labels[key] === undefined)) continue;
    const has = wanted
      .filter(([key, value]) => labels[key] !== value)
      .map(([key]) => [key, labels[key]] as const);
    const id = shownLabels(has);
    const pods = [...(found.get(id)?.pods ?? []), name];
    found.set(id, { pods, has, distance: distanceOf(has, selector) });
  }
  return [...found.values()].sort((a, b) => a.distance - b.distance);
}

/** The letters of a label that is missing all count: none of them is there. */
const distanceOf = (has: Candidate['has'], selector: Labels): number =>
  has.reduce((sum, [key, value]) => sum + editDistance([selector[key] ?? '', value ?? '']), 0);

/** The one that differs by a slip of the fingers, or else bears the service's own name. */
function surelyMeant(
  candidates: readonly Candidate[],
  selector: Labels,
  name: string,
): Candidate | undefined {
  const whole = candidates.filter(({ has }) => has.every(([, value]) => value !== undefined));
  const [first, second] = whole;
  if (first && first.distance < (second?.distance ?? Number.POSITIVE_INFINITY)) {
    const letters = first.has.reduce((sum, [key]) => sum + (selector[key] ?? '').length, 0);
    if (first.distance <= Math.min(MOST_TYPING_MISTAKES, letters / 2)) return first;
  }
  const namesakes = whole.filter(({ has }) => has.some(([, value]) => value === name));
  return namesakes.length === 1 ? namesakes[0] : undefined;
}
