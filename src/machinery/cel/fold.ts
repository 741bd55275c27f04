import { GrowingList, GrowingMap, keyOf, MadeList, MadeMap } from './collections.ts';
import type { Run, Step } from './run.ts';
import { CelError, isError, isList, isMap, typeNameOf, type Value } from './values.ts';

/** The pieces of a fold, and where its variables lie in a run. */
export interface Fold {
  readonly init: Step;
  readonly range: Step;
  readonly accumulator: number;
  readonly first: number;
  /** Only in folds over two variables. */
  readonly second: number | undefined;
  readonly condition: Step;
  /** Whether the loop is there only for the accumulator, which is a variable with a value. */
  readonly isEmptyLoop: boolean;
  readonly step: Step;
  readonly result: Step;
}

const GO_NAMES: Readonly<Record<string, string>> = {
  bool: 'types.Bool',
  int: 'types.Int',
  double: 'types.Double',
  string: 'types.String',
  uint: 'types.Uint',
  bytes: 'types.Bytes',
  null_type: 'types.Null',
};

const notIterable = (range: Value): CelError => {
  const name = typeNameOf(range);
  return new CelError(`got '${GO_NAMES[name] ?? name}', expected iterable type`);
};

/** An empty list or map that steps may add to, for what would else be copied at each step. */
function growable(value: Value): Value {
  if (value instanceof MadeList && value.length === 0) return new GrowingList();
  return value instanceof MadeMap && value.size === 0 ? new GrowingMap() : value;
}

/** What a fold has grown, as something that stays as it is. */
function settled(value: Value): Value {
  if (value instanceof GrowingList) return new MadeList(value.items);
  if (!(value instanceof GrowingMap)) return value;
  const entries = value.keys().map((key) => [keyOf(key) ?? '', [key, value.get(key)!]] as const);
  return new MadeMap(new Map(entries));
}

/** A loop over the items of a list or the keys of a map. */
export function planFold(fold: Fold): Step {
  return (run) => {
    const range = fold.range(run);
    if (isError(range)) return range;
    const init = fold.init(run);
    if (fold.isEmptyLoop) {
      if (isError(init)) return init;
      run.slots[fold.accumulator] = init;
      return fold.result(run);
    }
    run.slots[fold.accumulator] = growable(init);
    if (isList(range))
      loop(
        run,
        fold,
        range.length,
        (i) => BigInt(i),
        (i) => range.at(i),
      );
    else if (isMap(range)) {
      const keys = range.keys();
      loop(
        run,
        fold,
        keys.length,
        (i) => keys[i]!,
        (i) => range.get(keys[i]!)!,
        true,
      );
    } else return notIterable(range);
    return settled(fold.result(run));
  };
}

function loop(
  run: Run,
  { accumulator, first, second, condition, step }: Fold,
  length: number,
  indexAt: (i: number) => Value,
  valueAt: (i: number) => Value,
  isOverKeys = false,
): void {
  for (let i = 0; i < length; i++) {
    if (second !== undefined) {
      run.slots[first] = indexAt(i);
      run.slots[second] = valueAt(i);
    } else run.slots[first] = isOverKeys ? indexAt(i) : valueAt(i);
    if (condition(run) === false) return;
    run.slots[accumulator] = step(run);
  }
}
