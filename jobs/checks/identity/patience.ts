import type { Heard } from "./heard.ts";

/** For how long every answer has been one from which nobody can tell who gave it. */
export class Patience {
  #since: number | null = null;
  #heard: string | null = null;

  /** Any other answer, a missing one too, shows that things still move. */
  note({ isHopeless, problem }: Heard): void {
    if (!isHopeless) this.#since = null;
    else this.#since ??= performance.now();
    if (isHopeless) this.#heard = problem;
  }

  get seconds(): number {
    return this.#since === null ? 0 : (performance.now() - this.#since) / 1_000;
  }

  /** What those answers were like; null where there was none. */
  get heard(): string | null {
    return this.#since === null ? null : this.#heard;
  }
}
