import { stringify } from "yaml";
import type { Capabilities } from "../../protocol/traffic/backend.ts";
import { backendFor, TRAFFIC_MODES } from "../../protocol/traffic/backends.ts";
import { configKey } from "../../protocol/names.ts";
import { exampleOf, formsOf, keysBelow, topKeys, type ConfigKey, type JsonSchema } from "./config-keys.ts";
import { code, defaultWords, valueWords } from "./value-words.ts";

/** docs/configuration.md: every key of config with its meaning, value, default and an example. */
export function configurationPage(): string {
  const keys = topKeys();
  const isObject = ({ schema }: ConfigKey) => formsOf(schema).some(({ properties }) => properties);
  const single = keys.filter((key) => !isObject(key));
  const parts = [
    "# Configuration",
    `Every key stands in \`Pulumi.<stack>.yaml\` as \`${configKey("<key>")}\`; one inside an object is set with \`--path\`:`,
    `\`\`\`sh\npulumi config set ${configKey("soak")} 3600\npulumi config set --path ${configKey("app.replicas")} 4\n\`\`\``,
    "This page is written from the schema by which the program reads its config " +
      "(`node cli/config-reference/write-config-reference.ts`): all wrong values are named at once, each with its rule.",
    "`app`, `traffic`, `database`, `soak`, `strategy` and `canary.rungs` change in `stable` only; `app.name`, `namespace` and " +
      "`database.prefix` never change in a stack ([when a value may change](set-up.md)).",
    "## The stage",
    table(single),
    example(Object.fromEntries(single.map(({ path, schema }) => [path, exampleOf(schema)]))),
    ...keys.filter(isObject).flatMap(section),
  ];
  return `${parts.join("\n\n")}\n`;
}

function section({ path, schema, isRequired }: ConfigKey): string[] {
  const forms = formsOf(schema);
  const left = isRequired ? "Required." : "";
  return [
    `## ${path}`,
    [schema.description, left].filter((part) => part).join(" "),
    ...forms.flatMap((form) => [
      ...(forms.length > 1 ? [`### ${path}: ${code(form.properties?.["mode"]?.const ?? "")}`] : []),
      table(keysBelow(form, path)),
      path === "databasePasswords" ? secrets(form) : example({ [path]: exampleOf(form) }),
    ]),
    ...(path === "traffic" ? ["### What each mode can do", capabilities()] : []),
  ];
}

const ABILITIES = {
  weights: "shares of the traffic by weight, as `canary` needs",
  stickyCookie: "users kept where they were sent first (`canary.stickiness`)",
  testerHeader: "testers sent to the candidate by a header",
} satisfies Record<keyof Capabilities, string>;

const capabilities = (): string =>
  rows([
    ["mode", ...Object.values(ABILITIES)],
    ...TRAFFIC_MODES.map((mode) => [
      code(mode),
      ...(Object.keys(ABILITIES) as (keyof Capabilities)[]).map((one) =>
        backendFor(mode).can[one] ? "yes" : "no",
      ),
    ]),
  ]);

const table = (keys: readonly ConfigKey[]): string =>
  rows([
    ["key", "meaning", "value", "default"],
    ...keys.map((key) => [
      code(key.path),
      key.schema.description ?? "",
      valueWords(key.schema),
      defaultWords(key),
    ]),
  ]);

const example = (values: Readonly<Record<string, unknown>>): string => {
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [configKey(key), value]));
  return `\`\`\`yaml\n${stringify({ config }, { lineWidth: 0 })}\`\`\``;
};

/** The example shows no password in clear text. */
const secrets = ({ properties = {} }: JsonSchema): string =>
  [
    "```sh",
    "pulumi config set-all --path \\",
    Object.keys(properties)
      .map((key) => `  --secret ${configKey(`databasePasswords.${key}`)}=…`)
      .join(" \\\n"),
    "```",
  ].join("\n");

/** A Markdown table with aligned columns. */
function rows([head = [], ...body]: readonly (readonly string[])[]): string {
  const all = [head, ...body].map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, at) => Math.max(3, ...all.map((cells) => cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (cells[at] ?? "").padEnd(width)).join(" | ")} |`;
  const [first = [], ...others] = all;
  return [
    line(first),
    `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...others.map(line),
  ].join("\n");
}
