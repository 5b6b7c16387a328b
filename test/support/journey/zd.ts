import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse, parseDocument } from "yaml";
import { stateUrl } from "./state-url.ts";

/** How one command of `zd` ended. */
export interface ZdOutcome {
  readonly code: number;
  /** Both outputs together. */
  readonly text: string;
  readonly stdout: string;
  readonly seconds: number;
}

/**
 * `zd` as a person uses it: a process of its own, on a stack with its own state and config file.
 */
export class Zd {
  readonly stack: string;
  readonly folder: string;
  readonly configFile: string;
  readonly #variables: Readonly<Record<string, string>>;

  private constructor(stack: string, folder: string, variables: Readonly<Record<string, string>>) {
    this.stack = stack;
    this.folder = folder;
    this.configFile = join(folder, `Pulumi.${stack}.yaml`);
    this.#variables = variables;
  }

  /** @param variables what `pulumi` and `kubectl` need to be found */
  static async create(stack: string, variables: Readonly<Record<string, string>>): Promise<Zd> {
    return new Zd(stack, await mkdtemp(join(tmpdir(), `zero-downtime-${stack}-`)), variables);
  }

  /** On a stack that is there already, with its config and its state in one folder. */
  static on(stack: string, folder: string, variables: Readonly<Record<string, string>>): Zd {
    return new Zd(stack, folder, variables);
  }

  /** What a process that works on the same stack needs in its environment. */
  get variables(): Readonly<Record<string, string>> {
    return {
      ...this.#variables,
      PULUMI_BACKEND_URL: stateUrl(this.folder),
      PULUMI_CONFIG_PASSPHRASE: "for tests only",
    };
  }

  /** One command on this stack. */
  run(...args: readonly string[]): Promise<ZdOutcome> {
    return this.bare([...args, "--stack", this.stack, "--config-file", this.configFile]);
  }

  /** One command, with nothing said about the stack. */
  async bare(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<ZdOutcome> {
    const started = performance.now();
    const result = await this.start(args, variables);
    const seconds = (performance.now() - started) / 1000;
    return { code: result.exitCode ?? -1, text: result.all, stdout: result.stdout, seconds };
  }

  /** Plain pulumi on the same backend. */
  async pulumi(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa("pulumi", [...args, "--non-interactive"], {
      env: this.variables,
      stdin: "ignore",
    });
    return stdout;
  }

  /** A command under way. */
  start(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    return execa(process.execPath, ["cli/main.ts", ...args], {
      all: true,
      reject: false,
      stdin: "ignore",
      env: { ...this.variables, NO_COLOR: "1", ...variables },
    });
  }

  readConfig(): Promise<string> {
    return readFile(this.configFile, "utf8");
  }

  /** Sets a key of the config as an editor would, all else kept. */
  async setValue(key: string, value: unknown): Promise<void> {
    const document = parseDocument(await this.readConfig());
    document.setIn(["config", `zero-downtime:${key}`], document.createNode(value));
    await writeFile(this.configFile, document.toString({ lineWidth: 0 }));
  }

  /** Sets settings of the application, all others kept. */
  async editApp(values: Readonly<Record<string, unknown>>): Promise<void> {
    const { config } = parse(await this.readConfig()) as { config: Record<string, object> };
    await this.setValue("app", { ...config["zero-downtime:app"], ...values });
  }

  /** Removes state and config, and what Pulumi wrote into the project. */
  async forget(): Promise<void> {
    await rm(`Pulumi.${this.stack}.yaml`, { force: true });
    await rm(this.folder, { recursive: true, force: true });
  }
}
