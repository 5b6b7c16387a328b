import {
  activeSlot,
  COLOURS,
  hasDatabase,
  isMoving,
  slotOf,
  type Colour,
  type Release,
  type Slot,
} from "../release.ts";

/**
 * A release whose slots know whose login their pods have. What serves keeps the one that it was
 * made with, and so does what a release has begun with: `database.logins` in config counts for the
 * version that is prepared next.
 *
 * @param completed the stage that the release comes from; null for the first of a stack
 */
export function withLogins<R extends Release>(release: R, completed: Release | null): R {
  const isChosen = hasDatabase(release) && release.settings.database?.logins === "application";
  const known = (slot: Slot): Slot => {
    const { logins: _, ...rest } = slot;
    const isKept =
      completed !== null && (isMoving(completed) || activeSlot(completed).colour === slot.colour);
    const kept = isKept ? slotOf(completed, slot.colour) : null;
    const isOwn = kept ? kept.logins === "application" : isChosen;
    return isOwn ? { ...rest, logins: "application" } : rest;
  };
  return { ...release, from: known(release.from), to: release.to && known(release.to) };
}

/**
 * Whether pods of the release log in as the application's own login, which both versions may have:
 * then no session and no written row can be told by its login.
 */
export const sharesLogin = (release: Release): boolean =>
  hasDatabase(release) && [release.from, release.to].some((slot) => slot?.logins === "application");

/** Whether the slot's pods must be seen with their colour's login before they get traffic. */
export const provesLogin = (release: Release, slot: Slot): boolean =>
  hasDatabase(release) && release.settings.database?.usesLogin !== false && slot.logins === undefined;

/** The colours that have a login of their own, made by the program. */
export function coloursWithLogin(release: Release): readonly Colour[] {
  if (release.settings.database?.logins !== "application") return COLOURS;
  return COLOURS.filter((colour) => {
    const slot = slotOf(release, colour);
    return slot !== null && slot.logins === undefined;
  });
}
