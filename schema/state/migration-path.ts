import type { Ledger } from "./catalog.ts";
import { LEDGER_SCHEMA, restoredBy, restoreOf } from "../sql/names.ts";
import type { Move } from "../migration/move.ts";

/** One move with one migration. */
export interface Leg {
  readonly move: Move;
  readonly migration: string;
}

/** What a goal asks of which migrations, in order; or why that cannot be. */
export type Route = { readonly legs: readonly Leg[] } | { readonly refusal: string };

export interface RouteRequest {
  readonly goal: "base" | "expanded" | "filled" | "verified" | "contracted" | "undropped";
  readonly from: string | null;
  readonly to: string | null;
  /** Migrations in the image's folder, in order. */
  readonly known: readonly string[];
  readonly ledger: Ledger;
}

/**
 * Pure: which migrations are expanded, filled, contracted or undone, and in which order. Where the
 * version that takes over needs an older schema, the migrations between are taken back: each by its
 * way back, a migration of its own.
 */
export function route(request: RouteRequest): Route {
  const { goal, from, to, known, ledger } = request;
  const begun = Object.keys(ledger.migrations)
    .filter((id) => restoredBy(id) === null)
    .sort();
  const all = [...new Set([...known, ...begun])].sort();
  const missing = [from, to].find((id) => id !== null && !all.includes(id));
  if (missing != null) {
    return {
      refusal: `Cannot reach ${goal} as migration ${missing} is neither in the image nor in the ledger: the image has ${known.join(", ") || "none"}, the ledger ${begun.join(", ") || "none"}. Build the jobs image from the checkout that has it`,
    };
  }
  if (goal === "base") return toBase(to, all, ledger);
  if (goal === "undropped") return toUndropped(request, all);
  return isAfter(from, to) ? backward({ ...request, goal }, all) : forward({ ...request, goal }, all);
}

/** No schema at all comes before the first. */
function isAfter(one: string | null, other: string | null): boolean {
  return one !== null && (other === null || one > other);
}

/**
 * What a version that needs `to` cannot use goes, the last first; what it needs is finished, the
 * first first.
 */
function toBase(to: string | null, all: readonly string[], ledger: Ledger): Route {
  const state = (id: string) => ledger.migrations[id]?.state;
  const later = all.filter((id) => isAfter(id, to) && state(id) !== undefined);
  const restoring = Object.keys(ledger.migrations).filter((id) => restoredBy(id) !== null);
  // A way back that was begun: given up where its migration is needed, ended where it is
  // in the way.
  const givenUp = restoring.filter((id) => !isAfter(restoredBy(id), to)).sort();
  const lost = givenUp.find((id) => isDropping(ledger, id));
  if (lost !== undefined) {
    return {
      refusal: `Cannot reach base ${to ?? "(no schema)"} as taking ${restoredBy(lost) ?? ""} back has begun to drop what it had added: ${describe(ledger)}. Go on to the version that needs no ${restoredBy(lost) ?? ""}; the archive is in schema ${LEDGER_SCHEMA}`,
    };
  }
  const ended = later.filter((id) => isDropping(ledger, id)).toReversed();
  const contracted = ended.find((id) => !isFilled(ledger, restoreOf(id)));
  if (contracted !== undefined) {
    return {
      refusal: `Cannot reach base ${to ?? "(no schema)"} as ${contracted} has dropped what it replaces: ${describe(ledger)}. Go on to the version that needs ${contracted}; its archive is in schema ${LEDGER_SCHEMA}. To take it back, release the older version: expand brings back what it needs`,
    };
  }
  const undo = [...later.filter((id) => !isDropping(ledger, id)).toReversed(), ...givenUp].map(
    (migration): Leg => ({ move: "undo", migration }),
  );
  const finish = [
    ...ended.map(restoreOf),
    ...all.filter((id) => !isAfter(id, to) && state(id) !== "finished"),
  ].flatMap((migration): Leg[] => [
    ...towardsContract(ledger, migration).map((move) => ({ move, migration })),
    { move: "contract", migration },
  ]);
  return { legs: [...undo, ...finish] };
}

/**
 * The release gives contract up: nothing of its migrations may have been dropped, and what contract
 * prepared goes.
 */
function toUndropped({ from, to, ledger }: RouteRequest, all: readonly string[]): Route {
  const isBack = isAfter(from, to);
  const [older, newer] = isBack ? [to, from] : [from, to];
  const between = all.filter((id) => isAfter(id, older) && !isAfter(id, newer));
  // A way back that has ended leaves neither itself nor its migration.
  const dropping = between.find((id) =>
    isBack
      ? ledger.migrations[id] === undefined || isDropping(ledger, restoreOf(id))
      : isDropping(ledger, id),
  );
  if (dropping !== undefined) {
    return {
      refusal: `Cannot go back from contract as it has begun to drop what the other version needs: ${describe(ledger)}. Nothing was changed; repeat contract until it completes`,
    };
  }
  const concerned = isBack ? between.map(restoreOf).reverse() : between.toReversed();
  return {
    legs: concerned
      .filter((id) => ledger.migrations[id]?.state === "filled")
      .map((migration): Leg => ({ move: "give-up", migration })),
  };
}

function forward(request: Moving, all: readonly string[]): Route {
  const { goal, from, to, ledger } = request;
  const state = (id: string) => ledger.migrations[id]?.state;
  const unfinished = all.find((id) => !isAfter(id, from) && state(id) !== "finished");
  if (unfinished !== undefined) {
    return {
      refusal: `Cannot reach ${goal} as the active version's schema must be finished: ${unfinished} is ${state(unfinished) ?? "not there"}. Complete the stage stable first`,
    };
  }
  const beyond = all.find((id) => isAfter(id, to) && state(id) !== undefined) ?? strayRestore(ledger, []);
  if (beyond !== undefined) {
    return {
      refusal: `Cannot reach ${goal} ${to ?? "no schema"} as a later migration has begun: ${beyond} is ${state(beyond) ?? "not there"}. Go back to stable first`,
    };
  }
  return toGoal(
    goal,
    all.filter((id) => !isAfter(id, to) && isAfter(id, from)),
    ledger,
  );
}

/** The same with the sides swapped, the last migration first. */
function backward({ goal, from, to, ledger }: Moving, all: readonly string[]): Route {
  const state = (id: string) => ledger.migrations[id]?.state;
  const older = all.find((id) => !isAfter(id, to) && state(id) !== "finished");
  if (older !== undefined) {
    return {
      refusal: `Cannot reach ${goal} as the schema of the version that takes over must be finished: ${older} is ${state(older) ?? "not there"}`,
    };
  }
  const between = all.filter((id) => isAfter(id, to) && !isAfter(id, from)).toReversed();
  const beyond =
    all.find((id) => isAfter(id, from) && state(id) !== undefined) ?? strayRestore(ledger, between);
  if (beyond !== undefined) {
    return {
      refusal: `Cannot reach ${goal} ${to ?? "no schema"} as another migration has begun: ${beyond} is ${state(beyond) ?? "not there"}. Go back to stable first`,
    };
  }
  // Contract ends one after the other, and those that have ended are gone.
  const mayBeGone = (goal === "contracted" || goal === "verified") && ledger.events["restored"] !== undefined;
  const present = between.filter((id) => !mayBeGone || state(id) !== undefined);
  const unfinished = present.find((id) => state(id) !== "finished");
  if (unfinished !== undefined) {
    return {
      refusal: `Cannot reach ${goal} as the active version's schema must be finished before it can be taken back: ${unfinished} is ${state(unfinished) ?? "not there"}. Complete the stage stable first`,
    };
  }
  return toGoal(goal, present.map(restoreOf), ledger);
}

/** A way back that belongs to another release. */
function strayRestore(ledger: Ledger, own: readonly string[]): string | undefined {
  return Object.keys(ledger.migrations).find((id) => {
    const original = restoredBy(id);
    return original !== null && !own.includes(original);
  });
}

type Moving = RouteRequest & { readonly goal: ByStates };

type ByStates = Exclude<RouteRequest["goal"], "undropped">;

/** Each concerned migration, in this order, moved to the goal. */
function toGoal(goal: ByStates, concerned: readonly string[], ledger: Ledger): Route {
  if (goal === "verified" || goal === "contracted") {
    const unfilled = concerned.find((id) => !isFilled(ledger, id));
    if (unfilled !== undefined) {
      return {
        refusal: `Cannot reach ${goal} as ${unfilled} must be filled: it is ${ledger.migrations[unfilled]?.state ?? "not there"}. Complete the stage backfill first`,
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

/**
 * What it added has lost its counterpart, or may at any moment: nothing of it may be added again.
 */
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
