// Amounts such as `500m`, `1Gi`, `0.5`: the API server stores them in one canonical form.

const SUFFIXES: Readonly<Record<string, number>> = {
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

function amountOf(quantity: unknown): number | undefined {
  if (typeof quantity === "number") return quantity;
  if (typeof quantity !== "string") return undefined;
  const match = /^([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(quantity);
  const factor = SUFFIXES[match?.[2] ?? "?"];
  return match?.[1] === undefined || factor === undefined ? undefined : Number(match[1]) * factor;
}

/** True when both are quantities of the same amount. */
export function isSameQuantity(a: unknown, b: unknown): boolean {
  const [first, second] = [amountOf(a), amountOf(b)];
  if (first === undefined || second === undefined) return false;
  return Math.abs(first - second) <= Math.abs(first) * 1e-12;
}

const QUANTITIES = new Set([
  "limits",
  "requests",
  "hard",
  "capacity",
  "overhead",
  "allocatable",
  "default",
  "max",
  "min",
]);

/** True for places whose values are quantities: resource lists, sizes of volumes. */
export function isQuantityPath(path: readonly (string | number)[]): boolean {
  const [parent, last] = path.slice(-2);
  return (
    last === "sizeLimit" ||
    last === "divisor" ||
    last === "averageValue" ||
    (typeof parent === "string" && QUANTITIES.has(parent))
  );
}
