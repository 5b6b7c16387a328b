/** A street as version 2 knows it. */
export interface SplitStreet {
  readonly streetName: string;
  /** None is null, never an empty text. */
  readonly houseNumber: string | null;
}

const HOUSE_NUMBER_AT_END = / (\d+(?:[-/]\d+)?(?: ?(?:[A-Za-z]|bis|ter|quater))?)$/;

/**
 * Splits off the house number, by the same rule as `split_street` of migration 0002-split-street; a
 * street that shows none stays whole.
 */
export function splitStreet(street: string): SplitStreet {
  const found = HOUSE_NUMBER_AT_END.exec(street);
  const streetName = street.slice(0, found?.index ?? 0).replace(/ +$/, "");
  return streetName === ""
    ? { streetName: street, houseNumber: null }
    : { streetName, houseNumber: found?.[1] ?? null };
}

/** The street as version 1 knows it, by the same rule as `join_street`. */
export function joinStreet({ streetName, houseNumber }: SplitStreet): string {
  return houseNumber === null || houseNumber === "" ? streetName : `${streetName} ${houseNumber}`;
}
