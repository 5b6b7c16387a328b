import { spawn } from "node:child_process";

const KEPT_LINES = 30;

/** How a tool is run. */
export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cancelled: AbortSignal;
  /** Text for the tool's stdin. */
  readonly input?: string;
  /** Hears every line of output. */
  line?(text: string): void;
}

/** Runs a tool and returns its output. Throws with the last lines of it when it fails. */
export async function runTool({ command, args, cancelled, input, line }: ToolRun): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], signal: cancelled });
    const all: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      let rest = "";
      stream.on("data", (chunk: string) => {
        const parts = (rest + chunk).split("\n");
        rest = parts.pop() ?? "";
        for (const part of parts) {
          all.push(part);
          if (part.trim() !== "") line?.(part.trim());
        }
      });
      stream.on("end", () => {
        if (rest !== "") all.push(rest);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(all.join("\n"));
      else
        reject(new Error(all.slice(-KEPT_LINES).join("\n").trim() || `${command} ended with code ${code}`));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
  });
}
