import { LabelSelector } from '../machinery/selector/label-selector.ts';

type SelectorObject = Parameters<typeof LabelSelector.from>[0];

const ofObjects = new WeakMap<object, LabelSelector>();

/** As `LabelSelector.from`, made once for each selector of an object, however often it is asked for. */
export function selectorFrom(selector: SelectorObject): LabelSelector {
  return selector ? remembered(ofObjects, selector, LabelSelector.from) : LabelSelector.nothing;
}

const ofLabels = new WeakMap<object, LabelSelector>();

/** As `LabelSelector.ofLabels`, made once for each map of an object. */
export const selectorOfLabels = (labels: Readonly<Record<string, string>>): LabelSelector =>
  remembered(ofLabels, labels, LabelSelector.ofLabels);

function remembered<K extends object>(
  known: WeakMap<object, LabelSelector>,
  key: K,
  make: (key: K) => LabelSelector,
): LabelSelector {
  let selector = known.get(key);
  if (selector === undefined) {
    selector = make(key);
    known.set(key, selector);
  }
  return selector;
}
