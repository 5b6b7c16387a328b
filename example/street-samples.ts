/** A street whose parts are known by construction, not by splitting it. */
export interface KnownStreet {
  /** As version 1 stores it. */
  readonly street: string;
  /** As version 2 is to store it. */
  readonly streetName: string;
  readonly houseNumber: string | null;
}

/** Ordinary and odd street names; none ends with something that looks like a house number. */
export const STREET_NAMES: readonly string[] = [
  "Main Street",
  "Broadway",
  "Rue de Rivoli",
  "Straße des 17. Juni",
  "Calle de Alcalá",
  "O'Connell Street",
  'The "Old" Lane',
  "Via  Doppia", // two spaces, inside the name
  "Улица Ленина",
  "中山路",
  "🏠 Emoji Road 🚀",
  "Back\\slash Row",
  "Percent % Underscore _ Way",
  "Tab\tStreet",
  "Two\nLines",
  "\u00c5ngstro\u0308m Väg", // composed and decomposed
  "X",
  "'; DROP TABLE address; --",
  "L".repeat(480),
];

/** House numbers that the split recognises; most houses have a plain one. */
export const HOUSE_NUMBERS: readonly string[] = [
  "1",
  "12",
  "12 bis",
  "4b",
  "4 b",
  "7-9",
  "3/4",
  "221b",
  "10 ter",
  "0",
  "123456",
];

/** Streets without a number: nothing may be taken for one. */
export const STREETS_WITHOUT_NUMBER: readonly string[] = [
  "",
  " ",
  "12",
  "Broadway",
  "Schloss Neuschwanstein",
  "No. 12bisX",
  "Number12",
  "Platz der Republik ",
  "Ω".repeat(500),
];

/** Joins as version 1 writes it: one space. */
export function knownStreet(streetName: string, houseNumber: string | null): KnownStreet {
  return {
    street: houseNumber === null ? streetName : `${streetName} ${houseNumber}`,
    streetName,
    houseNumber,
  };
}
