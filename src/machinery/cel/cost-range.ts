/** The least and the most that something can be: a size or a cost. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

// Upstream counts in unsigned 64-bit integers, which end here instead of overflowing.
export const UNBOUNDED = 2 ** 64;
export const UNKNOWN: Range = { min: 0, max: UNBOUNDED };
export const ZERO: Range = { min: 0, max: 0 };

const capped = (value: number): number => Math.min(value, UNBOUNDED);

export const exactly = (value: number): Range => ({ min: value, max: value });
export const add = (a: Range, b: Range): Range => ({
  min: capped(a.min + b.min),
  max: capped(a.max + b.max),
});
export const multiply = (a: Range, b: Range): Range => ({
  min: capped(a.min * b.min),
  max: capped(a.max * b.max),
});
/** The range times a factor, rounded up. */
export const scale = ({ min, max }: Range, factor: number): Range => ({
  min: capped(Math.ceil(min * factor)),
  max: capped(Math.ceil(max * factor)),
});
export const union = (a: Range, b: Range): Range => ({
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
});
