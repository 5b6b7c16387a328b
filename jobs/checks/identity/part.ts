import type { Result } from "../../job.ts";

/** A part of a proof. */
export interface Part {
  readonly ok: boolean;
  /** Without their full stops. */
  readonly sentences: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A part that is not asked for. */
export const NOTHING: Part = { ok: true, sentences: [], facts: {} };

/** The parts as one result. */
export const resultOf = (...parts: readonly Part[]): Result => ({
  ok: parts.every(({ ok }) => ok),
  summary: parts.flatMap(({ sentences }) => sentences).join(". "),
  facts: Object.assign({}, ...parts.map(({ facts }) => facts)) as Record<string, unknown>,
});
