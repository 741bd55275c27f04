import { percentOf } from '../../machinery/validation/values.ts';

/** Whether a number or percentage of pods is none. */
export const isZero = (value: number | string): boolean =>
  (typeof value === 'string' ? (percentOf(value) ?? 0) : value) === 0;
