import { configKey } from "../../../protocol/names.ts";
import { valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import { containersOf, textsIn, type Container } from "../../prepare/pods/containers.ts";
import { told } from "../told.ts";
import { templateOf } from "./serving.ts";

/** A tool that changes schemas, by the words of its command. */
const COMMANDS: readonly (readonly [tool: string, command: RegExp])[] = [
  ["Flyway", /\bflyway\b.*\bmigrate\b|\bflyway(:|\s+|Migrate\b)/i],
  ["Liquibase", /\bliquibase\b/i],
  ["Prisma", /\bprisma\s+(migrate\s+(deploy|dev|reset)|db\s+push)\b/],
  ["Alembic", /\balembic\b.*\bupgrade\b/],
  ["Flask-Migrate", /\bflask\b.*\bdb\s+upgrade\b/],
  ["Django", /\b(manage\.py|django-admin)\s+migrate\b/],
  ["Rails", /\b(rails|rake)\s+([\w:]+\s+)*db:(migrate|prepare|setup|schema:load)\b/],
  ["Knex", /\bknex\b.*\bmigrate:(latest|up)\b/],
  ["Sequelize", /\bsequelize(-cli)?\b.*\bdb:migrate\b/],
  ["TypeORM", /\btypeorm\S*\s.*\b(migration:run|schema:sync)\b/],
  ["Drizzle", /\bdrizzle-kit\b.*\b(migrate|push)\b/],
  ["MikroORM", /\bmikro-orm\b.*\bmigration:up\b/],
  ["node-pg-migrate", /\bnode-pg-migrate\b/],
  ["graphile-migrate", /\bgraphile-migrate\b/],
  ["db-migrate", /\bdb-migrate\b.*\bup\b/],
  ["goose", /\bgoose\b.*\bup(-by-one|-to)?\b/],
  ["golang-migrate", /(^|[\s/;&|"'])migrate\s+.*-(database|path|source)\b.*\b(up|goto|force)\b/],
  ["dbmate", /\bdbmate\b.*\b(up|migrate)\b/],
  ["Atlas", /\batlas\s+(migrate|schema)\s+apply\b/],
  ["Sqitch", /\bsqitch\b.*\bdeploy\b/],
  ["pgroll", /\bpgroll\s+(migrate|start)\b/],
  ["tern", /\btern\s+migrate\b/],
  ["Diesel", /\bdiesel\s+(migration\s+run|database\s+setup)\b/],
  ["SQLx", /\bsqlx\s+(migrate\s+run|database\s+setup)\b/],
  ["sea-orm", /\bsea-orm-cli\s+migrate\b/],
  ["Entity Framework", /\bdotnet[\s-]ef\s+database\s+update\b|(^|[\s/])efbundle\b/],
  ["Laravel", /\bartisan\s+migrate\b/],
  ["Doctrine", /\bdoctrine:(migrations:migrate|schema:update)\b/],
  ["Phinx", /\bphinx\s+migrate\b/],
  ["Ecto", /\bmix\s+ecto\.(migrate|setup)\b|\bRelease\.migrate\b/],
  [
    "a script of package.json",
    /\b(npm|pnpm|yarn|bun)\s+(run\s+)?([\w-]+:)*(db:)?migrat(e|ion|ions)(:[\w:-]+)?\b/,
  ],
  ["a script", /(^|[\s/;&|"'])(run[-_])?(db[-_])?migrat(e|ions?)(\.(sh|py|js|ts|rb))(\s|$|["';])/],
  ["a target of make", /\bmake\s+([\w-]+\s+)*(db-)?migrate\b/],
  ["psql", /\bpsql\b.*\s(-f|--file)\b/],
];

/** Images that hold such a tool and nothing else. */
const IMAGES: readonly (readonly [tool: string, repository: RegExp])[] = [
  ["Flyway", /(^|\/)flyway(\/flyway)?(:|@|$)/],
  ["Liquibase", /(^|\/)liquibase(\/liquibase)?(:|@|$)/],
  ["golang-migrate", /(^|\/)migrate\/migrate(:|@|$)/],
  ["dbmate", /(^|\/)amacneil\/dbmate(:|@|$)/],
  ["Atlas", /(^|\/)ariga(io)?\/atlas(:|@|$)/],
  ["Sqitch", /(^|\/)sqitch\/sqitch(:|@|$)/],
  ["goose", /(^|\/)goose(:|@|$)/],
];

/**
 * Refuses pods that change the schema when they start: the first pod of the candidate would change
 * it under the version that serves, and no way back would be left.
 */
export function migrationRefusals(web: ManifestObject): Finding[] {
  return containersOf(templateOf(web)).flatMap((container) => {
    const found = toolIn(container);
    if (!found) return [];
    return [
      told(
        web,
        [...container.path, ...found.path],
        `changes the schema by ${found.tool} in ${container.title}: the first pod of a version would change it under the version that serves`,
        `Make it a migration of the release (\`zd migration new\`), and take it out here; where nothing is changed by it, set ${configKey("app.migrates")}: allowed`,
      ),
    ];
  });
}

const PLACES = [["command"], ["args"], ["lifecycle", "postStart", "exec", "command"]] as const;

function toolIn({ object }: Container): { readonly tool: string; readonly path: readonly string[] } | null {
  const image = object["image"];
  const ofImage = typeof image === "string" ? IMAGES.find(([, name]) => name.test(image)) : undefined;
  if (ofImage) return { tool: ofImage[0], path: ["image"] };
  // A command and its arguments are one line; a word of it may be a script of several lines.
  const line = [object["command"], object["args"]].flatMap(textsIn).join(" ");
  const script = textsIn(valueAt(object, ["lifecycle", "postStart", "exec", "command"])).join(" ");
  for (const text of [line, script]) {
    const found = COMMANDS.find(([, command]) => text.split("\n").some((one) => command.test(one)));
    const place = PLACES.find((path) =>
      text === script ? path.length > 1 : path.length === 1 && object[path[0]] !== undefined,
    );
    if (found) return { tool: found[0], path: place ?? [] };
  }
  return null;
}
