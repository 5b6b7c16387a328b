/** A street as version 2 knows it. */
export interface SplitStreet {
  readonly streetName: string;
  /** None is null, never an empty text. */
  readonly houseNumber: string | null;
}

const STREET_WITH_NUMBER = /^(.*\S)\s+(\d+(?:[-/]\d+)?(?:\s?(?:\p{L}|bis|ter|quater))?)\s*$/su;

/** Splits off the house number, by the same rule as `split_street` of migration 0002-split-street; a street that shows none stays whole. */
export function splitStreet(street: string): SplitStreet {
  const [, streetName, houseNumber] = STREET_WITH_NUMBER.exec(street) ?? [];
  return streetName !== undefined && houseNumber !== undefined
    ? { streetName, houseNumber }
    : { streetName: street, houseNumber: null };
}

/** The street as version 1 knows it, by the same rule as `join_street`. */
export function joinStreet({ streetName, houseNumber }: SplitStreet): string {
  return houseNumber === null || houseNumber === "" ? streetName : `${streetName} ${houseNumber}`;
}
