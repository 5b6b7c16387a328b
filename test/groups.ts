/** A part of `npm test`: either a tool that passes or fails as one, or a set of mocha files. */
export type Group =
  | { readonly name: string; readonly tool: readonly string[] }
  | {
      readonly name: string;
      readonly files: string;
      readonly minutes: number;
      /** It runs on the one-machine environment, each of its files by itself. */
      readonly needsEnvironment?: boolean;
      /**
       * Its files that take longest, by the beginning of their names, so that no lane is left with
       * one at the end. One that is not named may take long and comes first.
       */
      readonly longestFirst?: readonly string[];
      /** Nothing else runs meanwhile: it restarts what all share. */
      readonly alone?: boolean;
    };

/** In the order in which they run: what fails fast comes first. */
export const GROUPS: readonly Group[] = [
  { name: "format", tool: ["node_modules/.bin/prettier", "--check", "--log-level", "warn", "."] },
  { name: "lint", tool: ["node_modules/.bin/eslint", "--max-warnings", "0", "."] },
  { name: "types", tool: ["node_modules/.bin/tsc"] },
  { name: "house rules", files: "test/*.test.ts", minutes: 1 },
  { name: "release core", files: "test/release/**/*.test.ts", minutes: 5 },
  { name: "protocol", files: "test/protocol/**/*.test.ts", minutes: 2 },
  { name: "manifests", files: "test/manifests/**/*.test.ts", minutes: 2 },
  { name: "schema", files: "test/schema/**/*.test.ts", minutes: 10 },
  { name: "components", files: "test/components/**/*.test.ts", minutes: 5 },
  { name: "one-machine environment", files: "test/local/**/*.test.ts", minutes: 10 },
  { name: "command line", files: "test/cli/**/*.test.ts", minutes: 10 },
  { name: "pipelines", files: "test/ci/**/*.test.ts", minutes: 5 },
  { name: "migrations on PostgreSQL", files: "test/migrations/**/*.test.ts", minutes: 10 },
  // Parts of about the same length.
  { name: "migrate job", files: "test/jobs/migrate/*.test.ts", minutes: 30 },
  { name: "migrate job, rows", files: "test/jobs/migrate/{backfill,contract}/*.test.ts", minutes: 30 },
  {
    name: "migrate job, writes",
    files: "test/jobs/migrate/{writes,refusals,ledger}/*.test.ts",
    minutes: 30,
  },
  { name: "migrate job on two tables", files: "test/jobs/migrate/move/**/*.test.ts", minutes: 30 },
  { name: "migrate job on protected columns", files: "test/jobs/migrate/protection/*.test.ts", minutes: 15 },
  { name: "jobs", files: "test/jobs/{*,{guard,checks,http,kubernetes}/**/*}.test.ts", minutes: 10 },
  { name: "example", files: "test/example/**/*.test.ts", minutes: 10 },
  {
    name: "journeys",
    files: "test/journeys/*.test.ts",
    minutes: 40,
    needsEnvironment: true,
    longestFirst: ["mishaps", "canary", "blue-green", "rolling", "manifests-database", "own-app"],
  },
  {
    name: "program",
    files: "test/program/*.test.ts",
    minutes: 20,
    needsEnvironment: true,
    longestFirst: ["stack", "newcomer", "pull-request"],
  },
  { name: "running environment", files: "test/local/*.cluster.ts", minutes: 5, needsEnvironment: true },
  {
    name: "journeys through outages",
    files: "test/journeys/outages/*.test.ts",
    minutes: 20,
    needsEnvironment: true,
    alone: true,
  },
];
