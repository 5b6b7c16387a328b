import { readdirSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { stateUrl } from "./state-url.ts";

/** How one `pulumi` command ended. */
export interface Outcome {
  readonly isOk: boolean;
  /** Everything it printed, without colours. */
  readonly text: string;
  readonly seconds: number;
  /** Resources by what happened to them, from the summary: created, updated, unchanged … */
  readonly changes: Readonly<Record<string, number>>;
}

export interface StackOptions {
  /** Folder for state and config of this stack alone. */
  readonly folder: string;
  readonly name: string;
  /** What a child `pulumi` needs: PATH, PULUMI_HOME, KUBECONFIG … */
  readonly variables: Readonly<Record<string, string>>;
  readonly project?: string;
}

/** An `up` under way. */
export interface RunningUp {
  readonly outcome: Promise<Outcome>;
  /** What it prints, line by line, while it runs. */
  readonly lines: AsyncIterable<string>;
  /** SIGINT as a terminal's Ctrl-C sends it, SIGKILL to `pulumi` and to all that it has started. */
  kill(signal: "SIGINT" | "SIGKILL"): void;
}

type ConfigValues = Readonly<Record<string, unknown>>;

/** A stack of the program, driven by the `pulumi` CLI as an engineer would. */
export class Stack {
  readonly configFile: string;
  readonly #options: Required<StackOptions>;

  constructor(options: StackOptions) {
    this.#options = { project: process.cwd(), ...options };
    this.configFile = join(options.folder, `Pulumi.${options.name}.yaml`);
  }

  /** Makes the stack in a state folder of its own, with its first config and its secrets. */
  async create(config: ConfigValues, secrets: Readonly<Record<string, string>>): Promise<void> {
    await this.#mustRun(["stack", "init", "--non-interactive"]);
    await this.configure(config);
    const values = Object.entries(secrets).flatMap(([path, value]) => [
      "--secret",
      `zero-downtime:${path}=${value}`,
    ]);
    if (values.length > 0) await this.#mustRun(["config", "set-all", "--path", ...values, ...this.#config()]);
  }

  /** Edits the stack's config file; undefined removes a key. */
  async configure(changes: ConfigValues): Promise<void> {
    const file = (await this.#readConfigFile()) as { config?: Record<string, unknown> };
    const config = { ...file.config };
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) delete config[`zero-downtime:${key}`];
      else config[`zero-downtime:${key}`] = value;
    }
    await writeFile(this.configFile, stringify({ ...file, config }));
  }

  /** Edits one key that holds an object. */
  async edit(
    key: string,
    change: (value: Record<string, unknown>) => Record<string, unknown>,
  ): Promise<void> {
    const file = (await this.#readConfigFile()) as { config?: Record<string, Record<string, unknown>> };
    await this.configure({ [key]: change(file.config?.[`zero-downtime:${key}`] ?? {}) });
  }

  async setSecret(path: string, value: string): Promise<void> {
    await this.#mustRun([
      "config",
      "set",
      "--path",
      "--secret",
      `zero-downtime:${path}`,
      value,
      ...this.#config(),
    ]);
  }

  /** The same stack, run by another checkout of the program. */
  in(project: string): Stack {
    return new Stack({ ...this.#options, project });
  }

  readConfig(): Promise<string> {
    return readFile(this.configFile, "utf8");
  }

  writeConfig(text: string): Promise<void> {
    return writeFile(this.configFile, text);
  }

  preview(...args: string[]): Promise<Outcome> {
    return this.run(["preview", "--non-interactive", ...args, ...this.#config()]);
  }

  up(...args: string[]): Promise<Outcome> {
    return this.run(["up", "--yes", "--skip-preview", "--non-interactive", ...args, ...this.#config()]);
  }

  /** An `up` that the caller may kill. */
  startUp(): RunningUp {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", ...this.#config()];
    const started = performance.now();
    // A process group of its own, which is what a terminal's Ctrl-C reaches.
    const child = this.#start(args, { detached: true });
    return {
      outcome: child.then((result) => outcomeOf(result, started)),
      lines: child.iterable({ from: "all" }),
      kill: (signal) => {
        if (child.pid === undefined) return;
        if (signal === "SIGINT") process.kill(-child.pid, signal);
        else killTree(child.pid);
      },
    };
  }

  /**
   * What a person types after an `up` that was killed: its lock goes, and so does what it was about
   * to create.
   */
  async recoverLock(): Promise<void> {
    await this.#mustRun(["cancel", "--yes"]);
    await this.#mustRun(["refresh", "--clear-pending-creates", "--yes", "--skip-preview", ...this.#config()]);
  }

  /**
   * The state as another version of the program has left it: the text that the engine
   * exports, changed.
   */
  async editState(change: (text: string) => string): Promise<void> {
    const text = await this.exportState();
    const edited = change(text);
    if (edited === text) throw new Error("Cannot edit the state as there is nothing to change");
    await writeFile(this.#exported, edited);
    await this.#mustRun(["stack", "import", "--file", this.#exported]);
  }

  /** The state as the engine exports it: secrets stay encrypted. */
  async exportState(): Promise<string> {
    await this.#mustRun(["stack", "export", "--file", this.#exported]);
    return readFile(this.#exported, "utf8");
  }

  /** The state is gone, as after a lost backend; cluster, database and config are still there. */
  async loseState(): Promise<void> {
    await this.#mustRun(["stack", "rm", "--force", "--yes", "--preserve-config"]);
    await this.#mustRun(["stack", "init", "--non-interactive"]);
  }

  destroy(): Promise<Outcome> {
    return this.run(["destroy", "--yes", "--skip-preview", "--non-interactive", ...this.#config()]);
  }

  /** Removes what `pulumi stack init` has written into the project. */
  async forget(): Promise<void> {
    const { project, name } = this.#options;
    await rm(join(project, `Pulumi.${name}.yaml`), { force: true });
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { text } = await this.#mustRun(["stack", "output", "--json"]);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async run(args: readonly string[]): Promise<Outcome> {
    const started = performance.now();
    return outcomeOf(await this.#start(args), started);
  }

  #start(args: readonly string[], options: { readonly detached?: boolean } = {}) {
    const { project, folder, name, variables } = this.#options;
    const env = {
      ...variables,
      PULUMI_BACKEND_URL: stateUrl(folder),
      PULUMI_CONFIG_PASSPHRASE: "for tests only",
    };
    return execa("pulumi", ["--color", "never", ...args, "--stack", name], {
      cwd: project,
      all: true,
      reject: false,
      stdin: "ignore",
      env,
      ...options,
    });
  }

  get #exported(): string {
    return join(this.#options.folder, "exported-state.json");
  }

  #config(): string[] {
    return ["--config-file", this.configFile];
  }

  async #mustRun(args: readonly string[]): Promise<Outcome> {
    const outcome = await this.run(args);
    if (!outcome.isOk) throw new Error(`Cannot run "pulumi ${args.join(" ")}":\n${outcome.text}`);
    return outcome;
  }

  async #readConfigFile(): Promise<unknown> {
    return parse(await readFile(this.configFile, "utf8").catch(() => "{}")) ?? {};
  }
}

/** Plugins and programs have process groups of their own, so they are found by their parents. */
function killTree(root: number): void {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const tree = [root];
  for (const pid of tree)
    tree.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
  for (const pid of tree) endAtOnce(pid);
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

function endAtOnce(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function outcomeOf(result: { exitCode?: number; all?: unknown }, started: number): Outcome {
  const text = String(result.all ?? "");
  const seconds = (performance.now() - started) / 1000;
  return { isOk: result.exitCode === 0, text, seconds, changes: changesIn(text) };
}

/** The counts of "Resources:" at the end of an update's or a preview's output. */
function changesIn(text: string): Record<string, number> {
  const block = /^Resources:\n((?:[ ].*\n?)+)/m.exec(text)?.[1] ?? "";
  const rows = [...block.matchAll(/(\d+) (?:to )?([a-z-]+)/g)];
  return Object.fromEntries(rows.map(([, count, what]) => [what ?? "", Number(count)]));
}
