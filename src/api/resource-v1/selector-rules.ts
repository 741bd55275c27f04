import { assert } from '../../base/assert.ts';
import { type FieldError, invalid, required, tooLong } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { isLongerThan } from '../../machinery/validation/text-format.ts';
import type { DeviceClaim, DeviceSelector } from '../generated/resource/v1/types.ts';
import { validateAtMost } from './list-rules.ts';

const SELECTORS_MAX = 32;
const EXPRESSION_MAX_BYTES = 10 * 1024;

type Checking = typeof import('../../machinery/device-selector.ts');

// Loaded when the first selector is to be looked at: most servers never see one.
let checking: Checking | undefined;

/** To be awaited before these selectors are validated; undefined when there is nothing to wait for. */
export function loadSelectorCheck(
  selectors: readonly DeviceSelector[] | undefined,
): Promise<void> | undefined {
  if (!selectors?.length || checking !== undefined) return undefined;
  return import('../../machinery/device-selector.ts').then((loaded) => {
    checking = loaded;
  });
}

/** All selectors of what a claim asks for. */
export const selectorsOf = ({ requests }: DeviceClaim): readonly DeviceSelector[] =>
  (requests ?? []).flatMap(({ exactly, firstAvailable = [] }) =>
    [...(exactly ? [exactly] : []), ...firstAvailable].flatMap(({ selectors = [] }) => selectors),
  );

/** Which devices will do, in expressions. */
export const validateSelectors = (
  selectors: readonly DeviceSelector[] | undefined,
  path: FieldPath,
): FieldError[] =>
  validateAtMost(SELECTORS_MAX, selectors, path, ({ cel }, at) =>
    cel
      ? validateExpression(cel.expression ?? '', at.at('cel', 'expression'))
      : [required(at.at('cel'))],
  );

function validateExpression(text: string, path: FieldPath): FieldError[] {
  if (isLongerThan(text, EXPRESSION_MAX_BYTES)) return [tooLong(path, EXPRESSION_MAX_BYTES)];
  assert(checking, 'the check is loaded before selectors are validated');
  const problem = checking.checkDeviceSelector(text);
  return problem === undefined ? [] : [invalid(path, text, problem)];
}
