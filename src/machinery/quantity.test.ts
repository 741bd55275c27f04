import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseQuantity, Quantity, QuantityError } from './quantity.ts';

// Goal: what is stored is the canonical form that Kubernetes would store.
for (const [text, canonical] of [
  ['0', '0'],
  ['0.0', '0'],
  ['-0', '0'],
  ['1', '1'],
  ['1000m', '1'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['1.', '1.'],
  ['1500m', '1500m'],
  ['1000', '1k'],
  ['1500', '1500'],
  ['1.5G', '1500M'],
  ['1048576Ki', '1Gi'],
  ['0.5Gi', '512Mi'],
  ['1023Ki', '1023Ki'],
  ['1000Ki', '1000Ki'],
  ['0.1Ki', '102400m'],
  ['100m', '100m'],
  ['1024M', '1024M'],
  ['1e3', '1e3'],
  ['1000e3', '1e6'],
  ['1E', '1E'],
  ['1e-3', '1e-3'],
  ['123456n', '123456n'],
  ['0.0000000001', '1n'],
  ['-0.0000000001', '-1n'],
  ['-5Mi', '-5Mi'],
  ['9223372036854775808Ki', '9223372036854775807'],
  ['007', '007'], // kept as it came, and so does Kubernetes
  ['+010Mi', '+010Mi'],
  ['M', '0'], // no digits are none
  ['-', '0'],
  ['.', '0'],
]) {
  test(`${text} is stored as ${canonical}`, () =>
    assert.equal(parseQuantity(text!).toString(), canonical));
}

// Goal: what isn't a quantity is refused, and nothing short makes us compute for long.
const ENDLESS = `1${'0'.repeat(100_000)}`;
for (const text of ['', 'x', '1.2.3', '1Kii', '1mm', '1e', '1e99999', '1 Gi', '0x1', ENDLESS]) {
  test(`${JSON.stringify(text.slice(0, 20))} is no quantity`, () =>
    assert.throws(() => parseQuantity(text), QuantityError));
}

test('values round up, comparison is exact', () => {
  const of = (text: string) => parseQuantity(text);
  assert.equal(of('1500m').value, 2);
  assert.equal(of('-1500m').value, -1);
  assert.equal(of('1n').milliValue, 1);
  assert.equal(of('1Gi').value, 2 ** 30);
  assert.equal(of('1001m').compare(of('1')), 1);
  assert.equal(of('1024').compare(of('1Ki')), 0);
  assert.equal(of('100u').roundUpToMilli().toString(), '1m');
  assert.equal(of('1Gi').plus(of('512Mi')).toString(), '1536Mi');
  assert.equal(Quantity.zero.plus(of('1Gi')).toString(), '1Gi');
});

// Goal: printing loses nothing, and reading what was printed prints the same.
test('canonical forms are stable', () => {
  const format = fc.constantFrom('decimalSI', 'binarySI', 'decimalExponent');
  const nanos = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
  fc.assert(
    fc.property(nanos, format, (amount, style) => {
      const text = new Quantity(amount, style as 'decimalSI').toString();
      const read = parseQuantity(text);
      assert.equal(read.nanos, amount);
      assert.equal(read.toString(), text);
    }),
    { seed: 7, numRuns: 500 },
  );
});
