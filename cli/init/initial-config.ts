import { parseDocument, stringify } from "yaml";
import type { z } from "zod";
import type { Config, configSchema, Database } from "../../protocol/config/config-schema.ts";
import { configKey } from "../../protocol/names.ts";
import type { trafficSchema } from "../../protocol/traffic/backends.ts";

type ConfigInput = z.input<typeof configSchema>;
export type AppInput = ConfigInput["app"];

/** The keys of config that are about manifests. */
export type ManifestsInput = Pick<ConfigInput, "services" | "unversioned" | "shared" | "ignore"> & {
  readonly manifests: string;
};

/** What `zd init` needs to know; everything else has a default, which Pulumi.yaml describes. */
export interface Answers {
  /** Its name, and what config says of its pods where no manifests do. */
  readonly app: AppInput;
  /** What config says of manifests; absent without them. */
  readonly manifests?: ManifestsInput;
  readonly namespace: string;
  readonly strategy: Config["strategy"];
  readonly version: string;
  /** By digest. */
  readonly image: string;
  readonly traffic: z.input<typeof trafficSchema>;
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly admin: string;
    readonly adminIsSuperuser: boolean;
    readonly sslmode: Database["sslmode"];
    /** Absent: one for each colour. */
    readonly logins?: Database["logins"];
    /** Newest migration that the application needs. */
    readonly schema: string;
    /** Migration that describes the existing tables; null for an empty database. */
    readonly baseline: string | null;
  } | null;
  readonly jobsRepository: string;
  /** Image with Node 24 that the jobs image is built on; undefined: the program's default. */
  readonly jobsBase?: string | undefined;
}

/** Why each key is there, for later readers of the file. */
const COMMENTS: Readonly<Record<string, string>> = {
  active: " Who serves, and how far a release is: zd next, zd rollback or a hand changes these two.",
  strategy: " blue-green, canary or rolling; changes in stable only.",
  blue: " What each colour runs, by digest. zd candidate writes the other one for the next release.",
  manifests:
    " The application's objects. A version is prepared from them when its release begins, and keeps what it got.",
  app: " Every setting is described in docs/configuration.md; what is left out has its default.",
  traffic: " The public entrance.",
  database: " The passwords are below, encrypted.",
  jobs: " Where the image of the checks and schema jobs is pushed to.",
};

/** The text of a stack's first config. */
export function initialConfig(answers: Answers): string {
  const { database, traffic, app, manifests = {} } = answers;
  const values = {
    active: "blue",
    phase: "stable",
    strategy: answers.strategy,
    namespace: answers.namespace,
    blue: {
      version: answers.version,
      image: answers.image,
      ...(database ? { schema: database.schema } : {}),
    },
    ...manifests,
    app,
    traffic,
    ...(database ? { database: databaseValues(database) } : {}),
    jobs: {
      repository: answers.jobsRepository,
      ...(answers.jobsBase === undefined ? {} : { base: answers.jobsBase }),
    },
  } satisfies ConfigInput;
  const entries = Object.entries(values).map(([key, value]) => [configKey(key), value]);
  const document = parseDocument(stringify({ config: Object.fromEntries(entries) as object }));
  for (const [key, comment] of Object.entries(COMMENTS)) {
    const pair = pairOf(document, configKey(key));
    if (pair) pair.commentBefore = comment;
  }
  return document.toString({ lineWidth: 0 });
}

/**
 * Roles belong to the whole server: named after the database, those of two stacks of one
 * application do not collide.
 */
export const databaseValues = ({ schema: _, baseline, ...rest }: NonNullable<Answers["database"]>) => ({
  ...rest,
  prefix: rest.name
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, "_")
    .replace(/^(?=\d)/, "_")
    .slice(0, 50),
  ...(baseline === null ? {} : { baseline }),
});

interface Commented {
  commentBefore?: string | null;
}

/** The node of a key in `config`, to attach a comment to. */
function pairOf(document: ReturnType<typeof parseDocument>, key: string): Commented | undefined {
  const config = document.get("config") as { items: { key: Commented & { value: string } }[] };
  return config.items.find((item) => item.key.value === key)?.key;
}
