// Writes docs/configuration.md, and the config of Pulumi.yaml, from the config's schema:
// node cli/config-reference/write-config-reference.ts
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage } from "./configuration-page.ts";
import { pulumiYaml } from "./pulumi-yaml.ts";

const root = join(import.meta.dirname, "../..");
const project = join(root, "Pulumi.yaml");
writeFileSync(project, pulumiYaml(readFileSync(project, "utf8")));
writeFileSync(join(root, "docs/configuration.md"), configurationPage());
