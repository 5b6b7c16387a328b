/** The next step of a walk: as many rows as take `target` milliseconds, changing by at most a factor of two. */
export function nextBatchSize(
  size: number,
  milliseconds: number,
  limits: { readonly target: number; readonly least: number; readonly most: number },
): number {
  const factor = Math.min(2, Math.max(0.5, limits.target / Math.max(milliseconds, 0.1)));
  return Math.round(Math.min(limits.most, Math.max(limits.least, size * factor)));
}
