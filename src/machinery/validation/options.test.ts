import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateDeleteOptions, validatePatchOptions, validateWriteOptions } from './options.ts';

const texts = (errors: readonly { field: string; message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

// Goal: query parameters are refused as Kubernetes refuses them.
test('writes', () => {
  assert.deepEqual(validateWriteOptions({ dryRun: ['All'], fieldValidation: 'Strict' }), []);
  assert.deepEqual(
    texts(
      validateWriteOptions({
        dryRun: ['Some'],
        fieldValidation: 'Loud',
        fieldManager: 'x'.repeat(129),
      }),
    ),
    [
      'fieldManager: Too long: may not be more than 128 bytes',
      'dryRun: Unsupported value: ["Some"]: supported values: "All"',
      'fieldValidation: Unsupported value: "Loud": supported values: "", "Ignore", "Strict", "Warn"',
    ],
  );
});

test('patches', () => {
  assert.deepEqual(texts(validatePatchOptions({ force: true }, 'merge')), [
    'force: Forbidden: may not be specified for non-apply patch',
  ]);
  assert.deepEqual(texts(validatePatchOptions({ force: true }, 'apply')), [
    'fieldManager: Required value: is required for apply patch',
  ]);
});

test('deletes', () => {
  assert.deepEqual(
    texts(validateDeleteOptions({ propagationPolicy: 'Sideways', orphanDependents: false })),
    [
      'propagationPolicy: Invalid value: "Sideways": orphanDependents and deletionPropagation cannot be both set',
      'propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
  );
});
