import { columnsOf } from "../../protocol/state/ledger-tables.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import type { Known } from "../stack/stack-config.ts";
import { askLedger, ledgerTable } from "../cluster/ledger.ts";
import type { ReportSchema } from "./report-data.ts";

/** As JSON times. */
const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const utc = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', ${ISO})`;

const m = columnsOf("migration", "m");
const e = columnsOf("event", "e");
const p = columnsOf("progress", "p");

/**
 * How the schema came to be what it is; null without a database, or without a ledger in it.
 * @throws {Error} where it cannot be read
 */
export const readSchemaCourse = (cluster: ClusterApi, known: Known): Promise<ReportSchema | null> =>
  askLedger(cluster, known, async (client) => {
    const migrations = await client.query<ReportSchema["migrations"][number]>(
      `SELECT ${m("id", "state")}, ${utc(`max(${e("at")})`)} AS at
       FROM ${ledgerTable("migration")} AS m
       LEFT JOIN ${ledgerTable("event")} AS e ON ${e("migration")} = ${m("id")} AND ${e("name")} = ${m("state")}
       GROUP BY ${m("id", "state")} ORDER BY ${m("id")}`,
    );
    const walks = await client.query<ReportSchema["walks"][number]>(
      `SELECT ${p("migration")}, ${p("walk")} AS name, ${p("rows")}::float8 AS rows,
         ${p("expected")}::float8 AS expected, ${p("seconds")}, ${utc(p("at"))} AS at
       FROM ${ledgerTable("progress")} AS p ORDER BY ${p("at")}`,
    );
    const events = await client.query<ReportSchema["events"][number]>(
      `SELECT ${e("name", "migration")}, ${utc(e("at"))} AS at FROM ${ledgerTable("event")} AS e ORDER BY ${e("id")}`,
    );
    return { migrations: migrations.rows, walks: walks.rows, events: events.rows };
  });
