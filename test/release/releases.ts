// The releases that the tests of the core speak about.
import fc from "fast-check";
import { withLogins } from "../../release/database/logins.ts";
import { moves } from "../../release/moves/moves.ts";
import { releaseAt } from "../../release/release-at.ts";
import type { Strategy } from "../../release/phases.ts";
import { other, type Colour, type Release, type Slot } from "../../release/release.ts";

export const MIGRATIONS = ["0001-create-address", "0002-split-street", "0003-more"] as const;

/** A release at a place, with the slots that `base` has. */
export const at = releaseAt;

export function stable(strategy: Strategy, withSchemaChange: boolean, active: Colour = "blue"): Release {
  const slot = (colour: Colour, version: string, schema: string): Slot => ({
    colour,
    version,
    image: `registry/app@sha256:${version.slice(0, 1).repeat(64)}`,
    schema,
  });
  return {
    phase: "stable",
    strategy,
    rungs: [1, 5, 25, 50],
    migrations: MIGRATIONS,
    settings: { app: { name: "app", replicas: 3 }, database: { host: "db" } },
    from: slot(active, "1.0.0", MIGRATIONS[0]),
    to: slot(other(active), "2.0.0", withSchemaChange ? MIGRATIONS[1] : MIGRATIONS[0]),
  };
}

/** Where the idle slot is the older version: its migration is taken back. */
export function stableBeforeRestore(strategy: Strategy, active: Colour = "blue"): Release {
  const base = stable(strategy, true, active);
  if (!base.to) throw new Error("Cannot swap the schemas as there is no idle slot");
  return {
    ...base,
    phase: "stable",
    from: { ...base.from, schema: base.to.schema },
    to: { ...base.to, schema: base.from.schema },
  };
}

/** Whose login the pods of each version have, as the setting was when they were made. */
const LOGINS = [
  "by colour",
  "the application's",
  "the application's since the old version",
  "by colour since the old version",
  "none",
] as const;

export const anyStable: fc.Arbitrary<Release> = fc
  .tuple(
    fc.constantFrom<Strategy>("blue-green", "canary", "rolling"),
    fc.constantFrom("same", "newer", "older"),
    fc.constantFrom<Colour>("blue", "green"),
    fc.constantFrom(...LOGINS),
  )
  .map(([strategy, schema, active, logins]) =>
    loggedInAs(
      logins,
      schema === "older"
        ? stableBeforeRestore(strategy, active)
        : stable(strategy, schema === "newer", active),
    ),
  );

function loggedInAs(logins: (typeof LOGINS)[number], base: Release): Release {
  const { settings } = base;
  const withDatabase = (more: object): Release => ({
    ...base,
    settings: { ...settings, database: { ...settings.database, ...more } },
  });
  const shared = withDatabase({ logins: "application" });
  switch (logins) {
    case "by colour":
      return base;
    case "the application's":
      return withLogins(shared, null);
    case "the application's since the old version":
      return withLogins(shared, base);
    case "by colour since the old version":
      return withLogins(base, withLogins(shared, null));
    case "none":
      return withDatabase({ usesLogin: false });
  }
}

/** Every place that a release can stand at, reachable from `stable` by legal moves forward. */
export function allPlaces(base: Release): Release[] {
  const seen: Release[] = [base];
  for (const release of seen) {
    if (release.phase === "stable" && release !== base) continue;
    for (const place of moves(release, false).next) seen.push(at(base, place));
  }
  return seen;
}
