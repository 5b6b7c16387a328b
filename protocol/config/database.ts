import { SSL_MODES } from "../database-tls.ts";
import { z } from "zod";
import { LIMITS, limitValues, type Limits } from "../jobs/backfill-limits.ts";
import { about } from "./key-notes.ts";
import { identifier, port, rolePrefix } from "./value-types.ts";

/** The migrate Job fills in what is left out: a release records only what config says. */
const limit = (key: keyof Limits, description: string, unit?: string) =>
  about(description, LIMITS[key], {
    otherwise: `\`${LIMITS[key]}\``,
    ...(unit === undefined ? {} : { unit }),
  });

const limits = z.strictObject({
  replicaSeconds: limitValues.replicaSeconds.meta(
    limit("replicaSeconds", "How far the slowest replica or subscriber may be behind.", "seconds"),
  ),
  replicaMebibytes: limitValues.replicaMebibytes.meta(
    limit("replicaMebibytes", "How much log the slowest replica may still have to apply.", "MiB"),
  ),
  waiting: limitValues.waiting.meta(
    limit(
      "waiting",
      "Sessions that may wait half a second for a lock, beyond those before the backfill.",
      "sessions",
    ),
  ),
  deadRows: limitValues.deadRows.meta(
    limit("deadRows", "Dead rows of the table that are tolerated in any case.", "rows"),
  ),
  deadShare: limitValues.deadShare.meta(
    limit(
      "deadShare",
      "Dead rows that are tolerated, as a fraction of the table. Beyond both, the backfill pauses to vacuum.",
    ),
  ),
  pulseFactor: limitValues.pulseFactor.meta(
    limit("pulseFactor", "How many times its time before the backfill a one-row test write may take."),
  ),
  pulseMilliseconds: limitValues.pulseMilliseconds.meta(
    limit("pulseMilliseconds", "A test write that takes less is never too slow.", "milliseconds"),
  ),
  restShare: limitValues.restShare.meta(
    limit(
      "restShare",
      "Longest rest after a batch while others write, as a fraction of its time: reached while their writes are slow, a sixth of it otherwise; 0 does not rest.",
    ),
  ),
});

/** The application's database. */
export const database = z.strictObject({
  host: z
    .string()
    .min(1)
    .meta(
      about(
        "Host of the server, under a name that the cluster's pods and the machine of `pulumi up` both know.",
        "db.example.com",
      ),
    ),
  port: port.default(5432).meta(about("Port of the server.", 5432)),
  name: z.string().min(1).meta(about("Name of the existing database.", "shop")),
  schema: identifier.default("public").meta(about("Schema of the application's tables.", "public")),
  sslmode: z
    .enum(SSL_MODES)
    .default("require")
    .meta(about("How connections are encrypted and the server is verified, as in libpq.", "verify-full")),
  jobHost: z
    .string()
    .min(1)
    .optional()
    .meta(
      about(
        "Host for the Jobs, where the application goes through a pooler and they must not.",
        "db.example.com",
        {
          otherwise: "`host`",
        },
      ),
    ),
  jobPort: port.optional().meta(about("Port for the Jobs.", 5432, { otherwise: "`port`" })),
  logins: z
    .enum(["colour", "application"])
    .default("colour")
    .meta(
      about(
        "Whose logins the pods have. `colour`: one for each colour, made here and passed to the pods as libpq variables, so that sessions and writes are told apart. `application`: one of the application's own for both, of which nothing is known here. What serves keeps its login; the setting counts for the version that is released next.",
        "application",
      ),
    ),
  usesLogin: z
    .boolean()
    .default(true)
    .meta(
      about(
        "Whether the application logs in to this database at all. Where it does, a candidate must be seen with its colour's login before it gets traffic.",
        false,
      ),
    ),
  admin: z.string().min(1).meta(about("Login that makes roles and grants.", "postgres")),
  adminIsSuperuser: z
    .boolean()
    .default(false)
    .meta(about("Whether `admin` is a superuser; managed databases have none.", false)),
  prefix: rolePrefix.optional().meta(
    about("Prefix of the roles `<prefix>_owner`, `_migrator`, `_app`, `_blue` and `_green`.", "shop_live", {
      otherwise: "`app.name`, with `_` for `-`",
    }),
  ),
  owner: identifier.optional().meta(
    about("Role that already owns the tables of an existing database.", "shop_admin", {
      otherwise: "`<prefix>_owner`, which is made",
    }),
  ),
  readsStatistics: z
    .boolean()
    .default(true)
    .meta(
      about(
        "Makes the migrator a member of `pg_read_all_stats`. Without that a backfill cannot see, and does not wait for, replicas that are behind, and reports on whoever holds a lock lack state and query. False where `admin` may not grant it.",
        true,
      ),
    ),
  limits: limits.partial().default({}).meta({ description: "When a backfill gives way to others." }),
  ranges: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .meta(
      about(
        "Ranges of a large table that a schema Job writes at the same time, each in a session of its own: that many times as fast on a server with processors to spare, and that many times the load on it.",
        4,
      ),
    ),
  baseline: z
    .string()
    .optional()
    .meta(
      about(
        "Takes over an existing database whose schema is exactly what this migration leaves behind.",
        "0001-create-address",
        { otherwise: "the database is empty" },
      ),
    ),
  deadlineSeconds: z
    .int()
    .min(10)
    .max(604_800)
    .default(86_400)
    .meta(about("Longest time for one schema Job.", 86_400, { unit: "seconds" })),
});

const password = z.string().min(1);

/** The passwords of the logins, which config encrypts. */
export const databasePasswords = z.strictObject({
  admin: password.meta(about("Password of `database.admin`.", "admin-password")),
  migrator: password.meta(about("Password of the login of schema Jobs, which is made.", "migrator-password")),
  blue: password.optional().meta(
    about("Password of the login of blue's pods, which is made.", "blue-password", {
      otherwise: "only with `database.logins: application`",
    }),
  ),
  green: password.optional().meta(
    about("Password of the login of green's pods, which is made.", "green-password", {
      otherwise: "only with `database.logins: application`",
    }),
  ),
});
