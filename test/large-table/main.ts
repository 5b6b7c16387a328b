// `npm run large-table`: a large table through release, abort, contract and the way back, under
// writers of both versions.
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { launchPostgres } from "../support/postgres/launch-postgres.ts";
import { createDatabaseAt } from "../support/postgres/test-database.ts";
import { walk } from "./stages.ts";

const program = new Command("large-table")
  .description(
    "Fills a table on a throwaway PostgreSQL and takes it through every schema stage, there, aborted, back and after contract,\n" +
      "while writers of both versions work on it. After each stage both forms of every row must agree and every\n" +
      "acknowledged write must be there.",
  )
  .option("--rows <n>", "rows before the release", Number, 2_000_000)
  .option("--output <file>", "where the figures go", "large-table.json");

program.parse();
const options = program.opts<{ rows: number; output: string }>();
const server = await launchPostgres();
const database = await createDatabaseAt(server.port, "large_table");
const leave = database.enter();
let isPassed = false;
try {
  const figures = await walk(database, options.rows, (line) => process.stdout.write(`${line}\n`));
  isPassed = figures.every(
    ({ differing, missing, failures }) => (differing ?? 0) === 0 && missing === 0 && failures.length === 0,
  );
  await writeFile(options.output, `${JSON.stringify(figures, null, 2)}\n`);
  for (const failure of new Set(figures.flatMap(({ failures }) => failures)))
    process.stdout.write(`FAILED WRITE: ${failure}\n`);
  process.stdout.write(`${isPassed ? "Passed" : "Failed"}; figures in ${options.output}\n`);
} finally {
  leave();
  await server.end();
}
process.exit(isPassed ? 0 : 1);
