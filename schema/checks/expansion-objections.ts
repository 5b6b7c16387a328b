import { sourceArchive } from "../rows/archive-queries.ts";
import { keptColumns, keptTables, unmappedColumns } from "../plan/archive.ts";
import { kindOf } from "../mapping/kinds.ts";
import { homeOf, tablesOfMapping } from "../migration/manifest.ts";
import { isOurTrigger, LEDGER_SCHEMA } from "../sql/names.ts";
import type { Asked } from "../protection/asked.ts";
import { listed, typeName } from "../sql/parse-tree.ts";
import { activeMappings } from "../mapping/active-mappings.ts";

/** Only PostgreSQL 14 and later are known to work. */
export function oldServers({ facts: { serverVersion } }: Asked): string[] {
  return serverVersion < 140000 ? [`the server must be PostgreSQL 14 or later: it is ${serverVersion}`] : [];
}

/**
 * PostgreSQL 14.0 to 14.3 may leave rows out of an index that is built while they change,
 * and say nothing.
 */
export function corruptingIndexes({ migration, facts }: Asked): string[] {
  const { serverVersion } = facts;
  if (serverVersion < 140000 || serverVersion >= 140004) return [];
  return migration.expand.flatMap(({ effect, file, line }) =>
    effect.kind === "create-index" && effect.concurrently
      ? [
          `${file}:${line}: PostgreSQL 14.${serverVersion - 140000} may build an index CONCURRENTLY without some of the rows: upgrade to 14.4 or later`,
        ]
      : [],
  );
}

/** What expand.sql adds must not be there already: an undo would drop what somebody else made. */
export function collisions({ migration, facts }: Asked): string[] {
  return migration.expand.flatMap(({ effect, file, line }) => {
    const place = `${file}:${line}`;
    if (effect.kind === "create-table") {
      const { name } = effect.table;
      return facts.tableNames.includes(name) ? [`${place}: table ${name} exists already`] : [];
    }
    if (effect.kind === "create-index") {
      const exists = facts.tables[effect.table.name]?.indexes[effect.index ?? ""] !== undefined;
      return exists ? [`${place}: index ${effect.index ?? ""} exists already`] : [];
    }
    if (effect.kind !== "alter-table") return [];
    const table = facts.tables[effect.table.name];
    return effect.actions.flatMap((action) => {
      if (action.kind === "add-column" && table?.columns[action.column] !== undefined) {
        return [`${place}: column ${effect.table.name}.${action.column} exists already`];
      }
      if (action.kind === "add-constraint" && table?.constraints[action.constraint ?? ""] !== undefined) {
        return [`${place}: constraint ${action.constraint ?? ""} exists already`];
      }
      return [];
    });
  });
}

/**
 * The two tables are compared by casts, and a cast to such a domain cuts what a write refuses: a
 * write that does not fit would seem to agree.
 */
export function limitedDomains({ migration, facts }: Asked): string[] {
  const limited = new Set(facts.limitedDomains.map(({ name }) => name));
  for (const { tree } of migration.expand) {
    if (!("CreateDomainStmt" in tree)) continue;
    const { domainname, typeName: base } = tree.CreateDomainStmt;
    const isLimited = (base?.typmods ?? []).length > 0 || limited.has(typeName(base));
    if (isLimited) limited.add(listed(domainname).at(-1) ?? "");
  }
  const limitedTypes = facts.limitedDomains.flatMap(({ types }) => types);
  return activeMappings(migration).flatMap(({ mapping, kind, created }) => {
    if (kind.isInOneRow) return [];
    const [old, fresh] = [homeOf(mapping, "old").table, homeOf(mapping, "new").table];
    const columns = [
      ...mapping.old.map((name) => ({
        name: `${old}.${name}`,
        type: facts.tables[old]?.columns[name]?.type,
      })),
      ...created.map((one) => ({
        name: `${fresh}.${one.column}`,
        type: limited.has(one.typeName) ? one.typeName : undefined,
      })),
    ];
    return columns.flatMap(({ name, type }) =>
      type !== undefined && (limited.has(type) || limitedTypes.includes(type))
        ? [
            `${name} has type ${type}, and no column that moves may have a domain over a type with a length: its two tables are compared by casts, which cut what a write refuses. Give it the type that the domain is made over, such as varchar(5), and the domain's checks as constraints, in a release of its own`,
          ]
        : [],
    );
  });
}

export function foreignTriggers({ migration, facts, others }: Asked): string[] {
  const active = others.flatMap(activeMappings);
  return [...new Set(migration.mappings.flatMap(tablesOfMapping))].flatMap((name) => {
    const ours = active.some(({ mapping }) => tablesOfMapping(mapping).includes(name));
    const found = (facts.tables[name]?.triggers ?? []).filter(isOurTrigger);
    return found.length > 0 && !ours
      ? [`${name} has a trigger ${found.join(", ")} that the ledger knows nothing of: drop it first`]
      : [];
  });
}

/** An undo or a way back kept values under these names; they fit only columns of the same names. */
export function strangeArchives({ migration, facts }: Asked): string[] {
  const mapped = activeMappings(migration).flatMap((active) =>
    (["undone", "dropped"] as const).map((source) => sourceArchive(active, source)),
  );
  const plain = keptTables(migration).flatMap((table) => {
    const moved = migration.mappings
      .filter((mapping) => kindOf(mapping).mayBeAbsent(mapping, "new"))
      .map((mapping) => homeOf(mapping, "new"));
    const key = moved.find((home) => home.table === table)?.key ?? facts.tables[table]?.primaryKey ?? [];
    const columns = [...key, ...unmappedColumns(migration, table).map((column) => column.column)];
    // Without a key nothing of it can be found again, so it is left as it is.
    return columns.length === key.length || key.length === 0
      ? []
      : keptColumns(migration, table).map((archive) => ({ table: archive, columns }));
  });
  return [...mapped, ...plain].flatMap(({ table, columns }) => {
    const found = facts.ledgerTables[table];
    return found === undefined || [...new Set(found)].sort().join() === [...new Set(columns)].sort().join()
      ? []
      : [
          `${LEDGER_SCHEMA}.${table} keeps values of an earlier form of this migration, which had other columns (${found.join(", ")}): rename that table to keep them, or drop it`,
        ];
  });
}
