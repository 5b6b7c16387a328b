/** A street as version 2 knows it. */
export interface SplitStreet {
  readonly streetName: string;
  /** None is null, never an empty text. */
  readonly houseNumber: string | null;
}

// Plain ranges, not \s, \d or \w: PostgreSQL, where migration 0002-split-street does the same split, reads those by locale.
const STREET_WITH_NUMBER = /^(.*[^ ]) ([0-9]+([-/][0-9]+)?( ?[A-Za-z]| (bis|ter|quater))?)$/s;

/** Splits off the house number; a street that shows none stays whole, so that `joinStreet` gives back every street as it was. */
export function splitStreet(street: string): SplitStreet {
  const [, streetName, houseNumber] = STREET_WITH_NUMBER.exec(street) ?? [];
  return streetName !== undefined && houseNumber !== undefined
    ? { streetName, houseNumber }
    : { streetName: street, houseNumber: null };
}

/** The street as version 1 knows it. */
export function joinStreet({ streetName, houseNumber }: SplitStreet): string {
  return houseNumber === null ? streetName : `${streetName} ${houseNumber}`;
}
