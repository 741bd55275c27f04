import { percentOf } from '../../machinery/validation/values.ts';

const INTEGER = /^[+-]?\d+$/;

/** Whether a number or percentage of pods is none, as is any other text but that of a number. */
export function isZero(value: number | string): boolean {
  if (typeof value === 'number') return value === 0;
  return (percentOf(value) ?? (INTEGER.test(value) ? Number(value) : 0)) === 0;
}
