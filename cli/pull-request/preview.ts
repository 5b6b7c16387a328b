import type { Project } from "../stack/project.ts";
import { openStack, plain } from "../stack/stack.ts";

/** What `pulumi preview` says of a stack. */
export interface Preview {
  /** Why it failed, the gate's refusals among it; empty where it went through. */
  readonly refusals: readonly string[];
  /** The diff of resources as the engine prints it, secrets masked by it. */
  readonly diff: string;
  readonly changes: Readonly<Record<string, number>>;
}

/** Lines that say nothing about resources. */
const CHATTER = /^(Previewing update \(|View (in Browser|Live): |@ previewing update)/;

/** `pulumi preview --diff` on the checkout's own program. Changes nothing. */
export async function preview(project: Project): Promise<Preview> {
  const { CommandError } = await import("@pulumi/pulumi/automation/index.js");
  const stack = await openStack(project);
  const errors = new Set<string>();
  const printed: string[] = [];
  const options = {
    diff: true,
    color: "never",
    configFile: project.configFile,
    onOutput: (text: string) => printed.push(text),
    onEvent: ({ diagnosticEvent }: { diagnosticEvent?: { severity: string; message: string } }) => {
      if (diagnosticEvent?.severity === "error") errors.add(plain(diagnosticEvent.message));
    },
  } as const;
  try {
    const { changeSummary } = await stack.preview(options);
    return { refusals: [], diff: diffIn(printed.join("")), changes: { ...changeSummary } };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const told = [...errors].filter((text) => text !== "" && text !== "preview failed");
    // What little a preview that stops early has printed is not what an `up` would do.
    return { refusals: told.length > 0 ? told : [error.message], diff: "", changes: {} };
  }
}

const diffIn = (printed: string): string =>
  printed
    .split("\n")
    .filter((line) => !CHATTER.test(line))
    .join("\n")
    .trim();
