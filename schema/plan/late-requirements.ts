import { lacking } from "../sync/conversion-errors.ts";
import { homeOf } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { requiredConstraint } from "../sql/names.ts";
import { identifier, sql } from "../sql/sql.ts";
import { change, type Change } from "./change.ts";
import type { Surroundings } from "./surroundings.ts";
import { activeMappings } from "../mapping/active-mappings.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";

/*
 * A new column that requires a value gets its check when it is full, unless the old version may
 * write what gives none: then only when that version has gone.
 */

/** Columns whose check the old version's writes always meet. */
export function earlyRequirements(
  migration: Migration,
  active: ActiveMapping,
  surroundings: Surroundings,
): readonly Change[] {
  const isLate = lacking(active, surroundings.tables);
  return requirements(migration, active, surroundings, (column) => !isLate.includes(column));
}

/** The checks that are not there yet, for the contract, before it drops anything. */
export function lateRequirements(migration: Migration, surroundings: Surroundings): readonly Change[] {
  return activeMappings(migration).flatMap((active) =>
    requirements(migration, active, surroundings, () => true),
  );
}

/**
 * Takes back the checks of a contract that was given up, so that the old version may write again
 * what gives no value.
 */
export function withoutLateRequirements(migration: Migration, surroundings: Surroundings): readonly Change[] {
  return activeMappings(migration).flatMap((active) => {
    const early = earlyRequirements(migration, active, surroundings).map(({ name }) => name);
    const home = homeOf(active.mapping, "new").table;
    return active.mapping.new
      .filter(({ name, required }) => required && !early.includes(`require:${home}.${name}`))
      .map(({ name }) => {
        const constraint = requiredConstraint(name);
        return change({
          migration: migration.id,
          name: `unrequire:${home}.${name}`,
          label: `Let ${home}.${name} be empty again, as the old version may write again`,
          sql: [
            sql`ALTER TABLE ${identifier(surroundings.schema, home)} DROP CONSTRAINT IF EXISTS ${identifier(constraint)}, ALTER COLUMN ${identifier(name)} DROP NOT NULL`,
          ],
          lock: "brief",
          done: {
            is: "any",
            of: [
              { is: "not", of: { is: "state", migration: migration.id, in: ["filled"] } },
              {
                is: "not",
                of: {
                  is: "any",
                  of: [
                    { is: "constraint", table: home, constraint, validated: false },
                    { is: "required", table: home, column: name },
                  ],
                },
              },
            ],
          },
        });
      });
  });
}

/** A check that is not validated at first scans nothing; validating it blocks nobody. */
function requirements(
  migration: Migration,
  { mapping }: ActiveMapping,
  { schema }: Surroundings,
  isMeant: (column: string) => boolean,
): readonly Change[] {
  const home = homeOf(mapping, "new").table;
  const table = identifier(schema, home);
  return mapping.new
    .filter((column) => column.required && isMeant(column.name))
    .flatMap((column) => {
      const constraint = requiredConstraint(column.name);
      const real = { is: "required", table: home, column: column.name } as const;
      const checked = (validated: boolean) =>
        ({ is: "constraint", table: home, constraint, validated }) as const;
      return [
        change({
          migration: migration.id,
          name: `require:${home}.${column.name}`,
          label: `Require ${home}.${column.name} of every write from now on`,
          sql: [
            sql`ALTER TABLE ${table} ADD CONSTRAINT ${identifier(constraint)} CHECK (${identifier(column.name)} IS NOT NULL) NOT VALID`,
          ],
          lock: "brief",
          done: { is: "any", of: [real, checked(false)] },
        }),
        change({
          migration: migration.id,
          name: `validate:${home}.${column.name}`,
          label: `Check that every row has ${home}.${column.name}`,
          sql: [sql`ALTER TABLE ${table} VALIDATE CONSTRAINT ${identifier(constraint)}`],
          lock: "patient",
          done: { is: "any", of: [real, checked(true)] },
        }),
      ];
    });
}
