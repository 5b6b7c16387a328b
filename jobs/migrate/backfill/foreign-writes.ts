/** Rates are measured over this time. */
const WINDOW_MILLISECONDS = 1_000;

/**
 * How many transactions of others write: the transaction ids that the server has assigned, minus
 * ours. Anybody may read that counter, which is exact and current, whereas other sessions are
 * visible only to members of pg_read_all_stats, and counts of commits come a second late.
 */
export class WritesOfOthers {
  readonly #looks: { readonly at: number; readonly others: number }[] = [];
  #own = 0;

  /** One of our transactions is about to begin. */
  own(): void {
    this.#own++;
  }

  /**
   * @param nextId the first transaction id that nobody has @param now milliseconds
   * @returns writes of others a second, over the last second, or since the first look
   *   where that is later
   */
  rate(nextId: number, now: number): number {
    const look = { at: now, others: nextId - this.#own };
    this.#looks.push(look);
    // The oldest entry is as old as the window, or hardly older.
    while ((this.#looks[1]?.at ?? now) <= now - WINDOW_MILLISECONDS) this.#looks.shift();
    const since = this.#looks[0] ?? look;
    const seconds = (look.at - since.at) / 1000;
    return seconds > 0 ? Math.max(0, look.others - since.others) / seconds : 0;
  }
}
