/** What the engine says about a run of the program, as far as the command line depends on it. */
export interface RunSettings {
  readonly monitor: string;
  readonly engine: string;
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly pwd: string;
  readonly rootDirectory: string;
  readonly entryPoint: string;
  readonly args: readonly string[];
  readonly parallel: number;
  readonly dryRun: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  readonly options: RuntimeOptions;
}

/** The options of `runtime: { name: nodejs, options: … }` in Pulumi.yaml that count here. */
export interface RuntimeOptions {
  /** @default true */
  readonly typescript: boolean;
  readonly tsconfig?: string;
  /** @default none */
  readonly nodeArguments: readonly string[];
}

/** The command line behind `node`, and what is added to the environment. */
export interface RunCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Reads the runtime options; those that the official host knows and this one does not use
 * are no error.
 */
export function runtimeOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  const tsconfig = options["tsconfig"];
  return {
    typescript: options["typescript"] !== false,
    ...(typeof tsconfig === "string" ? { tsconfig } : {}),
    nodeArguments: splitArguments(options["nodeargs"]),
  };
}

function splitArguments(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "string") return [];
  const words = value.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(
      /"([^"]*)"|'([^']*)'/g,
      (_all, double?: string, single?: string) => double ?? single ?? "",
    ),
  );
}

/** The command line for `@pulumi/pulumi/cmd/run`, the SDK's own starter of programs. */
export function runCommand(settings: RunSettings, starter: string): RunCommand {
  const flags: [string, string][] = [
    ["monitor", settings.monitor],
    ["engine", settings.engine],
    ["organization", settings.organization],
    ["project", settings.project],
    ["stack", settings.stack],
    ["pwd", settings.pwd],
    ["root-directory", settings.rootDirectory],
    ["parallel", settings.parallel > 0 ? String(settings.parallel) : ""],
  ];
  const given = flags.filter(([, value]) => value !== "").flatMap(([name, value]) => [`--${name}`, value]);
  const dryRun = settings.dryRun ? ["--dry-run"] : [];
  return {
    args: [
      ...settings.options.nodeArguments,
      starter,
      ...given,
      ...dryRun,
      settings.entryPoint === "" ? "." : settings.entryPoint,
      ...settings.args,
    ],
    env: {
      PULUMI_CONFIG: JSON.stringify(settings.config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(settings.secretKeys),
      PULUMI_NODEJS_TYPESCRIPT: String(settings.options.typescript),
      ...(settings.options.tsconfig === undefined
        ? {}
        : { PULUMI_NODEJS_TSCONFIG_PATH: settings.options.tsconfig }),
    },
  };
}

/** The exit code with which the SDK says that it has already told the user what is wrong. */
const ALREADY_REPORTED = 32;

/** What the engine is told of a program that has ended. */
export function outcome(
  code: number | null,
  signal: string | null,
  cancelled: boolean,
): { error: string; bail: boolean } {
  if (code === 0) return { error: "", bail: false };
  if (code === ALREADY_REPORTED || cancelled) return { error: "", bail: true };
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  return { error: `The program ${how}.`, bail: false };
}
