import { parseQuantity, Quantity, QuantityError } from '../../quantity.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, Opaque, type Value } from '../values.ts';

const ONE = 10n ** 9n;

class QuantityValue extends Opaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }

  equals(other: QuantityValue): boolean {
    return this.quantity.compare(other.quantity) === 0;
  }

  override toString(): string {
    return this.quantity.toString();
  }
}

function read(text: string): Value {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) return new CelError(error.message);
    throw error;
  }
}

function asInteger({ quantity }: QuantityValue): bigint | undefined {
  const units = quantity.nanos / ONE;
  return quantity.isWhole && units === BigInt.asIntN(64, units) ? units : undefined;
}

const order = (a: QuantityValue, b: QuantityValue): number => a.quantity.compare(b.quantity);
const ofUnits = (units: bigint): Quantity => new Quantity(units * ONE, 'decimalSI');
const sum = (a: QuantityValue, b: QuantityValue): Value =>
  new QuantityValue(a.quantity.plus(b.quantity));
const difference = (a: QuantityValue, b: QuantityValue): Value =>
  new QuantityValue(a.quantity.minus(b.quantity));

const ofTwo = 'Quantity.(Quantity)';

/** Kubernetes' quantities: `quantity('1Gi')`. */
export const quantityFunctions: readonly Overload[] = [
  overload('quantity', 'string_to_quantity', '(string) Quantity', read),
  overload(
    'isQuantity',
    'is_quantity_string',
    '(string) bool',
    (text: string) => !(read(text) instanceof CelError),
  ),
  overload('sign', 'quantity_sign', '(Quantity) int', ({ quantity }: QuantityValue) =>
    BigInt(quantity.compare(Quantity.zero)),
  ),
  overload('isGreaterThan', 'quantity_is_greater_than', `${ofTwo} bool`, (a, b) => order(a, b) > 0),
  overload('isLessThan', 'quantity_is_less_than', `${ofTwo} bool`, (a, b) => order(a, b) < 0),
  overload('compareTo', 'quantity_compare_to', `${ofTwo} int`, (a, b) => BigInt(order(a, b))),
  overload(
    'asApproximateFloat',
    'quantity_get_float',
    'Quantity.() double',
    ({ quantity }: QuantityValue) => Number(quantity.nanos) / 1e9,
  ),
  overload(
    'asInteger',
    'quantity_get_int',
    'Quantity.() int',
    (value: QuantityValue) => asInteger(value) ?? new CelError('cannot convert value to integer'),
  ),
  overload(
    'isInteger',
    'quantity_is_integer',
    'Quantity.() bool',
    (value: QuantityValue) => asInteger(value) !== undefined,
  ),
  overload('add', 'quantity_add', `${ofTwo} Quantity`, sum),
  overload(
    'add',
    'quantity_add_int',
    'Quantity.(int) Quantity',
    ({ quantity }: QuantityValue, units: bigint) =>
      new QuantityValue(quantity.plus(ofUnits(units))),
  ),
  overload('sub', 'quantity_sub', `${ofTwo} Quantity`, difference),
  overload(
    'sub',
    'quantity_sub_int',
    'Quantity.(int) Quantity',
    ({ quantity }: QuantityValue, units: bigint) =>
      new QuantityValue(quantity.minus(ofUnits(units))),
  ),
];
