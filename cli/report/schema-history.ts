import type { ClusterApi } from "../cluster/cluster-api.ts";
import type { Known } from "../stack/stack-config.ts";
import { askLedger } from "../cluster/ledger.ts";
import type { ReportSchema } from "./report-data.ts";

/** As JSON times. */
const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const utc = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', ${ISO})`;

/** How the schema came to be what it is; null without a database, or without a ledger in it. @throws {Error} where it cannot be read */
export const readSchemaCourse = (cluster: ClusterApi, known: Known): Promise<ReportSchema | null> =>
  askLedger(cluster, known, async (client) => {
    const migrations = await client.query<ReportSchema["migrations"][number]>(
      `SELECT m.id, m.state, ${utc("max(e.at)")} AS at
       FROM zero_downtime.migration AS m
       LEFT JOIN zero_downtime.event AS e ON e.migration = m.id AND e.name = m.state
       GROUP BY m.id, m.state ORDER BY m.id`,
    );
    const walks = await client.query<ReportSchema["walks"][number]>(
      `SELECT migration, walk AS name, rows::float8 AS rows, expected::float8 AS expected, seconds, ${utc("at")} AS at
       FROM zero_downtime.progress ORDER BY zero_downtime.progress.at`,
    );
    const events = await client.query<ReportSchema["events"][number]>(
      `SELECT name, migration, ${utc("at")} AS at FROM zero_downtime.event ORDER BY id`,
    );
    return { migrations: migrations.rows, walks: walks.rows, events: events.rows };
  });
