import { isMoving, type Colour, type Release, type Slot } from "./release.ts";

/** Digests of what colours were prepared from; none for a colour that config alone describes. */
export type Contents = Readonly<Partial<Record<Colour, string>>>;

/** The release with the content of each slot that has one. */
export function withContents<R extends Release>(release: R, contents: Contents): R {
  const named = (slot: Slot): Slot => {
    const content = contents[slot.colour];
    return content === undefined ? slot : { ...slot, content };
  };
  const from = named(release.from);
  return isMoving(release) ? { ...release, from, to: named(release.to) } : { ...release, from };
}
