/** A part of `npm test`: either a tool that passes or fails as one, or a set of mocha files. */
export type Group =
  | { readonly name: string; readonly tool: readonly string[] }
  | {
      readonly name: string;
      readonly files: string;
      readonly minutes: number;
      readonly needsEnvironment?: boolean;
    };

/** In the order in which they run: what fails fast comes first. */
export const GROUPS: readonly Group[] = [
  { name: "format", tool: ["node_modules/.bin/prettier", "--check", "--log-level", "warn", "."] },
  { name: "lint", tool: ["node_modules/.bin/eslint", "--max-warnings", "0", "."] },
  { name: "types", tool: ["node_modules/.bin/tsc"] },
  { name: "house rules", files: "test/*.test.ts", minutes: 1 },
  { name: "release core", files: "test/release/**/*.test.ts", minutes: 2 },
  { name: "schema", files: "test/schema/**/*.test.ts", minutes: 10 },
  { name: "components", files: "test/components/**/*.test.ts", minutes: 5 },
  { name: "command line", files: "test/cli/**/*.test.ts", minutes: 10 },
  { name: "pipelines", files: "test/ci/**/*.test.ts", minutes: 5 },
  { name: "migrations on PostgreSQL", files: "test/migrations/**/*.test.ts", minutes: 10 },
  { name: "jobs", files: "test/jobs/**/*.test.ts", minutes: 20 },
  { name: "example", files: "test/example/**/*.test.ts", minutes: 10 },
  { name: "one-machine environment", files: "test/local/**/*.test.ts", minutes: 10 },
  {
    name: "running environment",
    files: "test/local/*.cluster.ts",
    minutes: 5,
    needsEnvironment: true,
  },
  {
    name: "program on the real engine",
    files: "test/program/**/*.test.ts",
    minutes: 15,
    needsEnvironment: true,
  },
  {
    name: "journeys on the cluster",
    files: "test/journeys/**/*.test.ts",
    minutes: 60,
    needsEnvironment: true,
  },
];
