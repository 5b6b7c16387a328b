import { NoAnswer, type Answer } from "../../http/request.ts";
import type { Heard } from "./heard.ts";

/** Whom the answers on one kind of connection came from. */
export class Watch {
  readonly kind: string;
  readonly byColour: Record<string, number> = {};
  answers = 0;
  failed = 0;
  /**
   * Milliseconds from the start to the latest answer that was missing or from another colour; 0
   * when there was none.
   */
  disagreedAt = 0;
  lastProblem: string | null = null;
  #agreeing = 0;
  readonly #wanted: number;
  readonly #start: number;
  readonly #hear: (answer: Answer | NoAnswer) => Heard;

  /**
   * @param agreeing how many answers in a row must come from those allowed
   * @param hear also told of each answer
   */
  constructor(kind: string, agreeing: number, start: number, hear: (answer: Answer | NoAnswer) => Heard) {
    this.kind = kind;
    this.#wanted = agreeing;
    this.#start = start;
    this.#hear = hear;
  }

  get agreed(): boolean {
    return this.#agreeing >= this.#wanted;
  }

  /** Counts one answer, or a missing one, and says whether it came from somebody allowed. */
  async take(asking: Promise<Answer>): Promise<boolean> {
    const { from, problem } = this.#hear(await asking.catch(noAnswer));
    const isAllowed = problem === null;
    this.answers += 1;
    if (from === null) this.failed += 1;
    else this.byColour[from] = (this.byColour[from] ?? 0) + 1;
    this.#agreeing = isAllowed ? this.#agreeing + 1 : 0;
    if (!isAllowed) {
      this.disagreedAt = performance.now() - this.#start;
      this.lastProblem = problem;
    }
    return isAllowed;
  }

  line(): string {
    const colours = Object.entries(this.byColour).map(([colour, count]) => `${count} ${colour}`);
    return `${this.kind}: ${colours.join(", ") || "no answer"}, ${this.failed} failed, ${this.#agreeing} of ${this.#wanted} agree`;
  }
}

/** @throws {unknown} what was no missing answer */
export function noAnswer(error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  throw error;
}
