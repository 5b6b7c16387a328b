import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Trouble } from "../cli-error.ts";

/** A question whose answer a flag may give as well. */
export interface Question {
  /** Name of the flag, without dashes. */
  readonly flag: string;
  readonly text: string;
  /** Undefined: an answer is needed. */
  readonly fallback?: string;
  readonly rule?: RegExp;
  readonly ruleText?: string;
  /** What is typed is not shown. @default false */
  readonly isSecret?: boolean;
}

/** Answers by flag, else by a person on a terminal, else by default. */
export interface Asker {
  readonly ask: (question: Question) => Promise<string>;
  readonly close: () => void;
}

/**
 * @param given values of flags by name
 * @param takesDefaults true where what no flag says is not asked, as with --yes or
 *   without a terminal
 */
export function asker(given: Readonly<Record<string, string | undefined>>, takesDefaults: boolean): Asker {
  let isMuted = false;
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      if (!isMuted) process.stdout.write(chunk);
      done();
    },
  });
  const lines = takesDefaults ? null : createInterface({ input: process.stdin, output, terminal: true });
  return {
    ask: async (question) => {
      const { flag, text, fallback } = question;
      const flagged = given[flag];
      if (flagged !== undefined) return checked(question, flagged);
      if (!lines) {
        if (fallback !== undefined) return fallback;
        throw new Trouble(
          "usage",
          `Cannot go on without --${flag}: ${text}. Nothing was written.`,
          "zd init --help lists what it needs.",
        );
      }
      for (;;) {
        const hint = fallback === undefined || fallback === "" ? "" : ` [${fallback}]`;
        // The question itself is written at once.
        const asked = lines.question(`${text}${hint}: `);
        isMuted = question.isSecret ?? false;
        const answer = (await asked).trim() || fallback;
        if (isMuted) process.stdout.write("\n");
        isMuted = false;
        if (answer !== undefined && isFine(question, answer)) return answer;
        process.stdout.write(`  ${question.ruleText ?? "An answer is needed."}\n`);
      }
    },
    close: () => lines?.close(),
  };
}

const isFine = ({ rule }: Question, answer: string): boolean => rule === undefined || rule.test(answer);

function checked(question: Question, answer: string): string {
  if (isFine(question, answer)) return answer;
  throw new Trouble(
    "usage",
    `Cannot take ${JSON.stringify(answer)} for --${question.flag}: ${question.ruleText ?? "it is not of the right form"}. Nothing was written.`,
    "zd init --help",
  );
}
