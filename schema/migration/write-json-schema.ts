// Writes the JSON Schema of migration.yaml for editors: node schema/migration/write-json-schema.ts
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestJsonSchema } from "./manifest.ts";

const file = join(import.meta.dirname, "migration.schema.json");
writeFileSync(file, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`);
