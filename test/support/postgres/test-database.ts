// A database with the roles that the program would make.
import pg from "pg";
import { identifier, literal, sql, type Sql } from "../../../schema/sql/sql.ts";
import { connectAsSuperuser, PASSWORD } from "./launch-postgres.ts";

/** The roles of a release, as the program's database component makes them. */
export interface Roles {
  readonly owner: string;
  readonly migrator: string;
  readonly app: string;
  readonly blue: string;
  readonly green: string;
}

/** One database and those who log in to it. */
export class TestDatabase {
  readonly name: string;
  readonly port: number;
  readonly schema = "public";
  readonly roles: Roles;
  readonly #clients: pg.Client[] = [];
  #superuser: pg.Client;

  constructor(name: string, port: number, roles: Roles, superuser: pg.Client) {
    this.name = name;
    this.port = port;
    this.roles = roles;
    this.#superuser = superuser;
  }

  /** The PG* variables of a login. */
  environment(login: string = this.roles.migrator): Record<string, string> {
    return {
      PGHOST: "127.0.0.1",
      PGPORT: String(this.port),
      PGDATABASE: this.name,
      PGUSER: login,
      PGPASSWORD: PASSWORD,
      PGSSLMODE: "disable",
    };
  }

  /**
   * Sets the PG* variables of this process, as a pod's environment would; returns what
   * puts them back.
   */
  enter(login: string = this.roles.migrator): () => void {
    const before = { ...process.env };
    Object.assign(process.env, this.environment(login));
    return () => {
      for (const key of Object.keys(this.environment())) {
        const value = before[key];
        if (value === undefined) delete process.env[key];
        else process.env[key] = value;
      }
    };
  }

  /** A connection of a login, closed with the database. */
  async connect(login: string, application = "test"): Promise<pg.Client> {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: this.port,
      database: this.name,
      user: login,
      password: PASSWORD,
      application_name: application,
    });
    client.on("error", () => undefined);
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  /** Rows of a query as superuser. */
  async query<T extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<T[]> {
    return (await this.#superuser.query<T>(text, [...values])).rows;
  }

  /** Closes the connections that `connect` opened. */
  async disconnect(): Promise<void> {
    for (const client of this.#clients.splice(0)) await client.end().catch(() => undefined);
  }

  /**
   * Puts the database back to what `template` holds; what it held goes, or is kept as
   * another database.
   */
  async resetTo(template: string, keepAs: string | null = null): Promise<void> {
    await this.disconnect();
    await this.#superuser.end();
    await recreate(this.port, this.name, template, keepAs);
    this.#superuser = await connectAsSuperuser(this.port, this.name);
    // A copy of a database does not inherit who may do what with it.
    await this.#superuser.query(grantCreate(this.name, this.roles).text);
  }

  /** Keeps what the database holds now as `template`. */
  async saveAs(template: string): Promise<void> {
    await this.disconnect();
    await this.#superuser.end();
    await recreate(this.port, template, this.name);
    this.#superuser = await connectAsSuperuser(this.port, this.name);
  }

  /** Drops the database with its roles; `templates` are those that `saveAs` made. */
  async drop(...templates: readonly string[]): Promise<void> {
    await this.disconnect();
    await this.#superuser.end();
    const admin = await connectAsSuperuser(this.port, "postgres");
    for (const name of [this.name, ...templates]) {
      await admin.query(sql`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`.text);
    }
    for (const role of Object.values(this.roles).toReversed()) {
      await admin.query(sql`DROP ROLE ${identifier(role)}`.text);
    }
    await admin.end();
  }
}

/** A fresh database with its roles on the server at a port. */
export async function createDatabaseAt(port: number, name: string): Promise<TestDatabase> {
  const roles: Roles = {
    owner: `${name}_owner`,
    migrator: `${name}_migrator`,
    app: `${name}_app`,
    blue: `${name}_blue`,
    green: `${name}_green`,
  };
  const admin = await connectAsSuperuser(port, "postgres");
  await admin.query(sql`CREATE DATABASE ${identifier(name)}`.text);
  for (const statement of roleStatements(name, roles)) await admin.query(statement.text);
  await admin.end();
  const superuser = await connectAsSuperuser(port, name);
  for (const statement of grantStatements(roles)) await superuser.query(statement.text);
  return new TestDatabase(name, port, roles, superuser);
}

async function recreate(
  port: number,
  name: string,
  template: string,
  keepAs: string | null = null,
): Promise<void> {
  const admin = await connectAsSuperuser(port, "postgres");
  // A connection that has just been closed may not be gone yet.
  await admin.query(
    sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (${literal(template)}, ${literal(name)})`
      .text,
  );
  await admin.query(
    keepAs === null
      ? sql`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`.text
      : sql`ALTER DATABASE ${identifier(name)} RENAME TO ${identifier(keepAs)}`.text,
  );
  await admin.query(sql`CREATE DATABASE ${identifier(name)} TEMPLATE ${identifier(template)}`.text);
  await admin.end();
}

function roleStatements(database: string, roles: Roles): readonly Sql[] {
  const login = (role: string) => sql`CREATE ROLE ${identifier(role)} LOGIN PASSWORD ${literal(PASSWORD)}`;
  return [
    sql`CREATE ROLE ${identifier(roles.owner)} NOLOGIN`,
    sql`CREATE ROLE ${identifier(roles.app)} NOLOGIN`,
    login(roles.migrator),
    login(roles.blue),
    login(roles.green),
    sql`GRANT ${identifier(roles.owner)} TO ${identifier(roles.migrator)}`,
    sql`GRANT ${identifier(roles.app)} TO ${identifier(roles.blue)}, ${identifier(roles.green)}`,
    grantCreate(database, roles),
  ];
}

function grantCreate(database: string, { owner }: Roles): Sql {
  return sql`GRANT CREATE ON DATABASE ${identifier(database)} TO ${identifier(owner)}`;
}

function grantStatements(roles: Roles): readonly Sql[] {
  const defaults = sql`ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(roles.owner)} IN SCHEMA public`;
  return [
    // Before 15 PostgreSQL lets everyone create there, and a migration with a mapping is refused.
    sql`REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
    sql`GRANT CREATE, USAGE ON SCHEMA public TO ${identifier(roles.owner)}`,
    sql`GRANT USAGE ON SCHEMA public TO ${identifier(roles.app)}`,
    sql`${defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${identifier(roles.app)}`,
    sql`${defaults} GRANT USAGE ON SEQUENCES TO ${identifier(roles.app)}`,
  ];
}
