// How simulated figures are told and written down.

export const sorted = (values: readonly number[]): number[] => values.toSorted((one, two) => one - two);

/** The value that a part of the sorted ones is below; NaN without any. */
export const at = (values: readonly number[], part: number): number =>
  values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

export const share = (part: number, all: number): string =>
  `${((100 * part) / Math.max(1, all)).toFixed(2)} %`;

export const whole = (count: number): string => count.toLocaleString("en");
