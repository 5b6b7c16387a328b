const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity as a number. @throws {RangeError} where the text is not one */
export function quantity(text: string): number {
  const [, digits, exponent, unit = ""] =
    /^([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+)|([A-Za-z]*))$/.exec(text) ?? [];
  const factor = exponent === undefined ? UNITS[unit] : 10 ** Number(exponent);
  if (digits === undefined || factor === undefined)
    throw new RangeError(`Cannot read a quantity: current value is ${text}`);
  return Number(digits) * factor;
}

const MEBI = 2 ** 20;
const GIBI = 2 ** 30;

/** Differences of a billionth are those of adding up binary fractions. */
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** A number of a resource as Kubernetes writes it: `250m` of CPU, `1.5Gi` of memory, `3` pods. */
export function quantityText(resource: string, value: number): string {
  if (/(^|\.)cpu$/.test(resource)) {
    const cores = rounded(value, 3);
    return Number.isInteger(cores) ? String(cores) : `${rounded(value * 1000, 0)}m`;
  }
  if (!/(^|\.)(memory|storage|ephemeral-storage)$|hugepages-/.test(resource))
    return String(rounded(value, 3));
  if (value >= GIBI) return `${rounded(value / GIBI, 2)}Gi`;
  return value >= MEBI ? `${rounded(value / MEBI, 1)}Mi` : String(rounded(value, 0));
}
