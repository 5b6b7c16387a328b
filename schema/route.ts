import type { Ledger } from "./facts.ts";

/** One move with one migration. */
export interface Leg {
  readonly move: "expand" | "fill" | "verify" | "contract" | "undo";
  readonly migration: string;
}

/** What a goal asks of which migrations, in order; or why that cannot be. */
export type Route = { readonly legs: readonly Leg[] } | { readonly refusal: string };

export interface RouteRequest {
  readonly goal: "base" | "expanded" | "filled" | "verified" | "contracted";
  readonly from: string | null;
  readonly to: string | null;
  /** Migrations in the image's folder, in order. */
  readonly known: readonly string[];
  readonly ledger: Ledger;
}

/** Pure: which migrations are expanded, filled, contracted or undone, and in which order. */
export function route(request: RouteRequest): Route {
  const { goal, from, to, known, ledger } = request;
  const begun = Object.keys(ledger.migrations).sort();
  const all = [...new Set([...known, ...begun])].sort();
  const missing = [from, to].find((id) => id !== null && !all.includes(id));
  if (missing != null) {
    return {
      refusal: `Cannot reach ${goal} as migration ${missing} is neither in the image nor in the ledger: the image has ${known.join(", ") || "none"}, the ledger ${begun.join(", ") || "none"}. Build the jobs image from the checkout that has it`,
    };
  }
  return goal === "base" ? toBase(to, all, ledger) : forward(request, all);
}

/** Later migrations go, the last first; the others are finished, the first first. */
function toBase(to: string | null, all: readonly string[], ledger: Ledger): Route {
  const state = (id: string) => ledger.migrations[id]?.state;
  const later = all.filter((id) => (to === null || id > to) && state(id) !== undefined);
  const contracted = later.find((id) => state(id) === "finished" || state(id) === "contracting");
  if (contracted !== undefined) {
    return {
      refusal: `Cannot reach base ${to ?? "(no schema)"} as ${contracted} has dropped what it replaces: ${describe(ledger)}. Go on to the version that needs ${contracted}; its archive is in schema zero_downtime`,
    };
  }
  const undo = later.toReversed().map((migration): Leg => ({ move: "undo", migration }));
  const finish = all
    .filter((id) => to !== null && id <= to && state(id) !== "finished")
    .flatMap((migration): Leg[] => [
      ...towardsContract(ledger, migration).map((move) => ({ move, migration })),
      { move: "contract", migration },
    ]);
  return { legs: [...undo, ...finish] };
}

function forward({ goal, from, to, ledger }: RouteRequest, all: readonly string[]): Route {
  if (to === null ? from !== null : from !== null && to < from) {
    return {
      refusal: `Cannot reach ${goal} as the idle version's schema must not be older than the active one's: ${to ?? "none"} comes before ${from}. Such a release is not supported yet`,
    };
  }
  const state = (id: string) => ledger.migrations[id]?.state;
  const unfinished = all.find((id) => from !== null && id <= from && state(id) !== "finished");
  if (unfinished !== undefined) {
    return {
      refusal: `Cannot reach ${goal} as the active version's schema must be finished: ${unfinished} is ${state(unfinished) ?? "not there"}. Complete the stage stable first`,
    };
  }
  const beyond = all.find((id) => to !== null && id > to && state(id) !== undefined);
  if (beyond !== undefined) {
    return {
      refusal: `Cannot reach ${goal} ${to} as a later migration has begun: ${beyond} is ${state(beyond)}. Go back to stable first`,
    };
  }
  const concerned = all.filter((id) => to !== null && id <= to && (from === null || id > from));
  if (goal === "verified" || goal === "contracted") {
    const unfilled = concerned.find((id) => !isFilled(ledger, id));
    if (unfilled !== undefined) {
      return {
        refusal: `Cannot reach ${goal} as ${unfilled} must be filled: it is ${state(unfilled) ?? "not there"}. Complete the stage backfill first`,
      };
    }
  }
  const leg =
    (move: Leg["move"]) =>
    (migration: string): Leg => ({ move, migration });
  switch (goal) {
    case "base":
    case "expanded":
      return { legs: concerned.filter((id) => !isDropping(ledger, id)).map(leg("expand")) };
    case "filled": {
      // Filling ends with a look at every row; what is filled already is looked at again.
      const open = concerned.filter((id) => !isFilled(ledger, id));
      return {
        legs: [
          ...open.map(leg("expand")),
          ...concerned.map((id) => leg(open.includes(id) ? "fill" : "verify")(id)),
        ],
      };
    }
    case "verified":
      return { legs: concerned.map(leg("verify")) };
    case "contracted":
      return { legs: [...concerned.map(leg("verify")), ...concerned.map(leg("contract"))] };
  }
}

function towardsContract(ledger: Ledger, id: string): readonly Leg["move"][] {
  if (isDropping(ledger, id)) return [];
  return isFilled(ledger, id) ? ["verify"] : ["expand", "fill"];
}

function isFilled(ledger: Ledger, id: string): boolean {
  return ledger.migrations[id]?.state === "filled" || isDropping(ledger, id);
}

/** What it added has lost its counterpart, or may at any moment: nothing of it may be added again. */
function isDropping(ledger: Ledger, id: string): boolean {
  return ["contracting", "finished"].includes(ledger.migrations[id]?.state ?? "");
}

/** What the ledger shows, in a few words. */
export function describe(ledger: Ledger): string {
  const parts = Object.entries(ledger.migrations)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, { state }]) => `${id} ${state}`);
  return parts.length === 0 ? "the ledger shows no migration" : `the ledger shows ${parts.join(", ")}`;
}
