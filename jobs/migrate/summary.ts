import { LEDGER_SCHEMA } from "../../schema/sql/names.ts";
import type { Leg } from "../../schema/state/migration-path.ts";
import type { Runner } from "./runner.ts";

/** One sentence for people: what is true now. */
export function summary(runner: Runner, legs: readonly Leg[]): string {
  const { settings, figures } = runner;
  const moved = (move: Leg["move"]) =>
    legs
      .filter((leg) => leg.move === move)
      .map((leg) => leg.migration)
      .join(", ");
  const to = settings.to ?? "no schema";
  if (legs.length === 0 && settings.goal !== "base")
    return `No schema change belongs to this release: ${to} stays.`;
  switch (settings.goal) {
    case "base": {
      const undone = moved("undo");
      const finished = moved("contract");
      const done = [finished && `${finished} brought in`, undone && `${undone} taken back`]
        .filter(Boolean)
        .join(", ");
      return `The schema is exactly ${to}${done ? `: ${done}` : "; nothing had to be done"}${archived(runner)}.`;
    }
    case "expanded":
      return `The schema serves both versions: ${moved("expand") || "nothing to expand"}${figures.nonRoundTripRows > 0 ? `; ${figures.nonRoundTripRows} values do not survive there and back and stay as they are` : ""}.`;
    case "filled":
      return `Every row is there in both forms: ${figures.rows} filled now, ${figures.checkedRows} compared, all agree.`;
    case "verified":
      return `Both forms agree in all ${figures.checkedRows} rows.`;
    case "intact":
      return `Nothing that both forms rely on was changed: ${moved("verify")}.`;
    case "contractible":
      return `Ready to contract: both forms agree in all ${figures.checkedRows} rows, ${leftBy(settings)}, and the soak is over.`;
    case "contracted":
      return `The old form is gone: ${moved("contract") || "nothing to contract"}${archived(runner)}.`;
    case "undropped":
      return `Nothing has been dropped: contract is given up, and both forms stay.`;
    case "recognised":
      return `The schema is as ${settings.stage} leaves it.`;
    case "vacated":
      return `No connection of ${settings.vacate ?? "anybody"} is left.`;
  }
}

const leftBy = ({ vacate, podsGone }: Runner["settings"]): string =>
  podsGone ? "the old version has no pod left" : `${vacate ?? "nobody"} has no connection left`;

function archived({ figures }: Runner): string {
  return figures.archivedRows > 0
    ? `; ${figures.archivedRows} values that would have been lost are kept in schema ${LEDGER_SCHEMA}`
    : "";
}
