import { phasesWhere } from "../phases.ts";
import {
  activeSlot,
  canonical,
  COLOURS,
  isJsonObject,
  isMoving,
  slotOf,
  type Colour,
  type Json,
  type JsonObject,
  type Release,
  type Slot,
} from "../release.ts";
import { defaultRolePrefix } from "../database/role-prefix.ts";

/** Phases in which the idle colour's entry may be edited: it serves nobody there. */
const IDLE_IS_EDITABLE = phasesWhere(({ isIdleEditable }) => isIdleEditable);

/**
 * Settings that say something of the version that is prepared next, and leave what serves as it is.
 * They may also change with the stage that leaves `stable`.
 */
const OF_THE_NEXT_VERSION: readonly string[] = ["database.logins"];

/**
 * Settings whose values are never shown: one that config encrypts now may have been in clear
 * before.
 */
const MAY_BE_SECRET = /^app\.(env|smoke)(\.|$)/;

const FIELDS = ["version", "image", "schema"] as const;

/**
 * Every edit between two releases that is not legal in this stage, each as the reason of a refusal.
 */
export function illegalEdits(before: Release, next: Release): string[] {
  return [
    ...COLOURS.flatMap((colour) => illegalSlotEdits(before, next, colour)),
    ...illegalStrategyEdit(before, next),
    ...illegalSettingEdits(before, next),
  ];
}

function illegalSlotEdits(before: Release, next: Release, colour: Colour): string[] {
  const was = slotOf(before, colour);
  const is = slotOf(next, colour);
  const edited = editedFields(was, is);
  if (edited.length === 0) return [];
  const what = edited
    .map((field) =>
      field === "content"
        ? `the manifests of ${colour}`
        : `${colour}.${field} from ${show(was?.[field])} to ${show(is?.[field])}`,
    )
    .join(", ");
  if (was && activeSlot(before).colour === colour) {
    return [
      `${what}: the active colour never changes in place; give the new version to the idle colour and release it`,
    ];
  }
  if (!isMoving(before)) return [];
  if (!IDLE_IS_EDITABLE.has(before.phase) || !IDLE_IS_EDITABLE.has(next.phase)) {
    return [
      `${what}: the idle colour may be edited in ${[...IDLE_IS_EDITABLE].join(", ")} only, never while it serves`,
    ];
  }
  return edited.includes("schema") ? [`${what}: the idle colour's schema may be edited in stable only`] : [];
}

function editedFields(was: Slot | null, is: Slot | null): (keyof Slot)[] {
  // Who does not know the manifests says nothing of them.
  const areOthers = was?.content !== undefined && is?.content !== undefined && was.content !== is.content;
  return [
    ...FIELDS.filter((field) => (was?.[field] ?? null) !== (is?.[field] ?? null)),
    ...(areOthers ? (["content"] as const) : []),
  ];
}

function illegalStrategyEdit(before: Release, next: Release): string[] {
  if (before.strategy === next.strategy || (!isMoving(before) && !isMoving(next))) return [];
  return [
    `strategy from ${before.strategy} to ${next.strategy}: the strategy may change in stable only, in an up of its own`,
  ];
}

function illegalSettingEdits(before: Release, next: Release): string[] {
  if (!isMoving(before) && !isMoving(next)) return illegalRenames(before, next);
  const was: Json = { ...before.settings, "canary.rungs": before.rungs };
  const is: Json = { ...next.settings, "canary.rungs": next.rungs };
  const isBeginning = !isMoving(before);
  const edits = changedPaths(was, is).filter(
    ({ path }) => !(isBeginning && OF_THE_NEXT_VERSION.includes(path)),
  );
  return edits.map(
    ({ path, from, to }) =>
      `${path}${MAY_BE_SECRET.test(path) ? "" : ` from ${show(from)} to ${show(to)}`}: settings may change in stable only, in an up of their own`,
  );
}

/**
 * What the names of all objects, or of all logins, are made from: another name would delete what
 * serves and create it anew.
 */
function illegalRenames(before: Release, next: Release): string[] {
  const [was, is] = [namesOf(before), namesOf(next)];
  return changedPaths(was, is)
    .filter(({ from, to }) => from !== undefined && to !== undefined)
    .map(
      ({ path, from, to }) =>
        `${path} from ${show(from)} to ${show(to)}: everything that serves is called by it, so it never changes in a stack; make a new stack under the new name, and move the users there`,
    );
}

function namesOf({ settings }: Release): JsonObject {
  const { namespace = null, app, database } = settings;
  const prefix = database && (database.prefix ?? defaultRolePrefix(app?.name ?? ""));
  return {
    namespace,
    "app.name": app?.name ?? null,
    ...(prefix === undefined || prefix === null ? {} : { "database.prefix": prefix }),
  };
}

interface Change {
  readonly path: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

/** The leaves in which two JSON values differ, by their path. */
function changedPaths(from: Json | undefined, to: Json | undefined, path = ""): Change[] {
  if (isJsonObject(from) && isJsonObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return keys.flatMap((key) => changedPaths(from[key], to[key], path === "" ? key : `${path}.${key}`));
  }
  return canonical(from) === canonical(to) ? [] : [{ path, from, to }];
}

const show = (value: Json | undefined): string =>
  value === undefined || value === null ? "nothing" : JSON.stringify(value);
