import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { compare } from '../machinery/apply/compare.ts';
import { newFields } from '../machinery/apply/new-fields.ts';
import { TypedValueError } from '../machinery/apply/step.ts';
import { trackedPartsOf } from '../machinery/apply/tracked.ts';
import { applyTypeOf, emptyObjectOf } from '../machinery/apply/type.ts';
import { decodeJson } from '../machinery/json-codec.ts';
import { anyObject } from './arbitrary-objects.ts';
import { shapes } from './shapes.ts';

// Goal: what a creator owns is what a comparison with an empty object finds, to the letter.
test('the fields of a new object of any kind are those that differ from an empty one', () => {
  const random = seededRandom(43);
  for (const kind of shapes.kinds()) {
    const shape = shapes.ofKind(kind)!;
    const type = applyTypeOf(shape);
    const empty = trackedPartsOf(emptyObjectOf(shape));
    for (let i = 0; i < 10; i++) {
      const object = trackedPartsOf(decodeJson(shape, anyObject(shape, random)).object);
      const expected = outcome(() => {
        const { changed } = compare(type, empty, object);
        return changed ? JSON.stringify(changed) : '';
      });
      assert.equal(
        outcome(() => newFields(type, empty, object)),
        expected,
      );
    }
  }
});

test('the claim of a volume has fields of their own owners, though references are atomic', () => {
  const shape = shapes.ofKind({ group: '', version: 'v1', kind: 'PersistentVolume' })!;
  const empty = trackedPartsOf(emptyObjectOf(shape));
  const spec = { claimRef: { name: 'a' }, csi: { controllerExpandSecretRef: { name: 'b' } } };
  const object = trackedPartsOf(decodeJson(shape, { spec }).object);
  assert.equal(
    newFields(applyTypeOf(shape), empty, object),
    '{"f:spec":{"f:claimRef":{".":{},"f:name":{}},"f:csi":{".":{},"f:controllerExpandSecretRef":{},"f:driver":{},"f:volumeHandle":{}}}}',
  );
});

// Random elements of lists may lack what tells them apart.
function outcome(work: () => string): string {
  try {
    return work();
  } catch (error) {
    assert.ok(error instanceof TypedValueError);
    return error.message;
  }
}
