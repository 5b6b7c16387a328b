import { grantMembership, lockRole, revokeMembership } from "./membership.ts";
import { changed, flagOf, numberOf, textOf, type Found, type ResourceType, type Values } from "./resource.ts";
import { doing, type Server, type Session } from "../server.ts";
import { identifier, literal } from "../sql.ts";

/**
 * A database of the server. Not imitated: handing all objects over to a new owner
 * (alterObjectOwnership).
 */
export const database: ResourceType = {
  attributes: {
    name: { type: "string", required: true },
    owner: { type: "string", computed: true },
    template: { type: "string", computed: true, forceNew: true },
    encoding: { type: "string", computed: true, forceNew: true },
    lcCollate: { type: "string", computed: true, forceNew: true },
    lcCtype: { type: "string", computed: true, forceNew: true },
    tablespaceName: { type: "string", computed: true },
    connectionLimit: { type: "int", default: -1, atLeast: -1 },
    allowConnections: { type: "bool", default: true },
    isTemplate: { type: "bool", computed: true },
    alterObjectOwnership: { type: "bool", default: false },
  },
  autonamed: true,
  create,
  read,
  update,
  delete: remove,
};

async function create(server: Server, wanted: Values): Promise<string> {
  const name = textOf(wanted, "name");
  refuseOwnershipChange(wanted);
  await asMember(server, textOf(wanted, "owner"), (session) =>
    doing(`error creating database "${name}"`, session.run(createStatement(wanted, server.user))),
  );
  return name;
}

/** CREATE DATABASE with every option that is set, and the official provider's own defaults. */
export function createStatement(wanted: Values, user: string): string {
  const option = (
    key: string,
    keyword: string,
    quote: (text: string) => string,
    otherwise: string,
  ): string => {
    const value = textOf(wanted, key);
    if (value === "") return otherwise;
    return value.toUpperCase() === "DEFAULT" ? ` ${keyword} DEFAULT` : ` ${keyword} ${quote(value)}`;
  };
  return [
    `CREATE DATABASE ${identifier(textOf(wanted, "name"))}`,
    ` OWNER ${identifier(textOf(wanted, "owner") || user)}`,
    option("template", "TEMPLATE", identifier, " TEMPLATE template0"),
    option("encoding", "ENCODING", literal, " ENCODING 'UTF8'"),
    option("lcCollate", "LC_COLLATE", literal, ""),
    option("lcCtype", "LC_CTYPE", literal, ""),
    option("tablespaceName", "TABLESPACE", identifier, ""),
    ` ALLOW_CONNECTIONS ${flagOf(wanted, "allowConnections")}`,
    ` CONNECTION LIMIT ${numberOf(wanted, "connectionLimit")}`,
    ` IS_TEMPLATE ${flagOf(wanted, "isTemplate")}`,
  ].join("");
}

function refuseOwnershipChange(wanted: Values): void {
  if (!flagOf(wanted, "alterObjectOwnership")) return;
  throw new Error(
    "Cannot serve alterObjectOwnership as this stand-in for the official postgresql plugin does not imitate it",
  );
}

// Databases are made and given away outside of transactions, so membership in the owner is too.
async function asMember(
  server: Server,
  owner: string,
  work: (session: Session) => Promise<unknown>,
): Promise<void> {
  if (owner === "") return server.session("", async (session) => void (await work(session)));
  await server.transaction("", async (lock) => {
    await lockRole(lock, server.user);
    await server.session("", async (session) => {
      const granted = await grantMembership(session, owner, server.user);
      try {
        await work(session);
      } finally {
        if (granted) await revokeMembership(session, owner, server.user);
      }
    });
  });
}

async function update(server: Server, old: Values, wanted: Values): Promise<void> {
  refuseOwnershipChange(wanted);
  const name = identifier(textOf(wanted, "name"));
  const alter = async (what: string, sql: string): Promise<void> =>
    server.session("", async (session) => {
      await doing(`error updating database ${what}`, session.run(sql));
    });
  if (changed(old, wanted, "name")) {
    await alter("name", `ALTER DATABASE ${identifier(textOf(old, "name"))} RENAME TO ${name}`);
  }
  const owner = textOf(wanted, "owner");
  if (changed(old, wanted, "owner") && owner !== "") {
    const sql = `ALTER DATABASE ${name} OWNER TO ${identifier(owner)}`;
    await asMember(server, owner, (session) => doing("error updating database OWNER", session.run(sql)));
  }
  const tablespace = textOf(wanted, "tablespaceName");
  if (changed(old, wanted, "tablespaceName") && tablespace !== "") {
    await alter("TABLESPACE", `ALTER DATABASE ${name} SET TABLESPACE ${identifier(tablespace)}`);
  }
  if (changed(old, wanted, "connectionLimit")) {
    await alter(
      "CONNECTION LIMIT",
      `ALTER DATABASE ${name} CONNECTION LIMIT = ${numberOf(wanted, "connectionLimit")}`,
    );
  }
  if (changed(old, wanted, "allowConnections")) {
    await alter(
      "ALLOW_CONNECTIONS",
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${flagOf(wanted, "allowConnections")}`,
    );
  }
  if (changed(old, wanted, "isTemplate")) {
    await alter("IS_TEMPLATE", `ALTER DATABASE ${name} IS_TEMPLATE ${flagOf(wanted, "isTemplate")}`);
  }
}

async function read(server: Server, id: string, recorded: Values): Promise<Found | undefined> {
  return server.session("", async (session) => {
    const [row] = await session.run(
      "SELECT datname, pg_catalog.pg_get_userbyid(datdba) AS owner, pg_catalog.pg_encoding_to_char(encoding) AS encoding, " +
        "datcollate, datctype, spcname, datconnlimit, datallowconn, datistemplate FROM pg_catalog.pg_database " +
        "JOIN pg_catalog.pg_tablespace AS ts ON dattablespace = ts.oid WHERE datname = $1",
      [id],
    );
    if (row === undefined) return undefined;
    const values: Values = {
      name: String(row["datname"]),
      owner: String(row["owner"]),
      encoding: String(row["encoding"]),
      lcCollate: String(row["datcollate"]),
      lcCtype: String(row["datctype"]),
      tablespaceName: String(row["spcname"]),
      connectionLimit: Number(row["datconnlimit"]),
      allowConnections: row["datallowconn"] === true,
      isTemplate: row["datistemplate"] === true,
      template: textOf(recorded, "template") || "template0",
      alterObjectOwnership: flagOf(recorded, "alterObjectOwnership"),
    };
    return { id, values };
  });
}

async function remove(server: Server, recorded: Values): Promise<void> {
  const name = textOf(recorded, "name");
  const quoted = identifier(name);
  await asMember(server, textOf(recorded, "owner"), async (session) => {
    if (flagOf(recorded, "isTemplate")) await session.run(`ALTER DATABASE ${quoted} IS_TEMPLATE false`);
    const block = session.run(`ALTER DATABASE ${quoted} ALLOW_CONNECTIONS false`);
    await doing("error blocking connections to database", block);
    const terminate =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()";
    await doing("error terminating database connections", session.run(terminate, [name]));
    const force = (await server.version()) >= 13 ? " WITH ( FORCE )" : "";
    await doing("error dropping database", session.run(`DROP DATABASE ${quoted}${force}`));
  });
}
