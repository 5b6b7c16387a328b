import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { exampleOf, formsOf, keysBelow, topKeys } from "../../../cli/config-reference/config-keys.ts";
import { configurationPage } from "../../../cli/config-reference/configuration-page.ts";
import { pulumiYaml } from "../../../cli/config-reference/pulumi-yaml.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { TRAFFIC_MODES } from "../../../protocol/traffic/backends.ts";

const STALE = "run node cli/config-reference/write-config-reference.ts";

const allKeys = topKeys().flatMap((key) => [
  key,
  ...formsOf(key.schema).flatMap((form) => keysBelow(form, key.path)),
]);

/** A config with the example of every key, for each mode of traffic. */
function exampleConfigs(): Record<string, unknown>[] {
  const keys = topKeys().map(({ path, schema }) => [path, formsOf(schema)] as const);
  const modes = keys.find(([path]) => path === "traffic")?.[1] ?? [];
  return modes.map((mode) =>
    Object.fromEntries(
      keys.map(([path, [form = {}]]) => [path, exampleOf(path === "traffic" ? mode : form)]),
    ),
  );
}

describe("the reference of the config", () => {
  it("is what the script writes, in Pulumi.yaml and on its page", () => {
    const project = readFileSync("Pulumi.yaml", "utf8");
    expect(project, STALE).to.equal(pulumiYaml(project));
    expect(readFileSync("docs/configuration.md", "utf8"), STALE).to.equal(configurationPage());
  });

  it("says of every key what it means, and has an example of every value", () => {
    expect(allKeys.length).to.be.greaterThan(120);
    const silent = allKeys.filter(({ schema }) => !schema.description);
    expect(silent.map(({ path }) => path)).to.deep.equal([]);
    const without = allKeys.filter(
      ({ schema }) =>
        schema.example === undefined && !formsOf(schema).some((form) => form.properties ?? form.items),
    );
    expect(without.map(({ path }) => path)).to.deep.equal([]);
  });

  it("has examples that the program accepts, and that set every key", () => {
    const configs = exampleConfigs();
    expect(configs).to.have.length(TRAFFIC_MODES.length);
    for (const config of configs) configSchema.parse(config);
    expect(Object.keys(configs[0] ?? {})).to.deep.equal(Object.keys(configSchema.shape));
  });

  it("gives Pulumi a type for every key, and a value for each that may be left out, which the program accepts", () => {
    const { config } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
      config: Record<string, { type: string; default?: unknown }>;
    };
    for (const { path, isRequired } of topKeys()) {
      const entry = config[`zero-downtime:${path}`];
      expect(entry?.type, path).to.match(/^(string|integer|boolean|object|array)$/);
      expect(entry?.default === undefined, path).to.equal(isRequired);
      if (!isRequired && entry?.type !== "object") configSchema.shape[path as "soak"].parse(entry?.default);
    }
  });
});
