import {
  HOUSE_NUMBERS,
  type KnownStreet,
  STREETS_WITHOUT_NUMBER,
  STREET_NAMES,
  knownStreet,
} from "./street-samples.ts";

/** An address that the filler writes; both forms of its street are known by construction. */
export interface FilledAddress extends KnownStreet {
  readonly name: string;
  readonly city: string;
}

const CITIES = ["Wien", "Zürich", "New York", "Saint-Étienne", "東京", "O'Fallon", "Köln 🍺", ""];

/**
 * One in so many has no house number, or odd spaces: the spaces are lost when the two parts are
 * joined again.
 */
const WITHOUT_NUMBER_EVERY = 7;
const ODD_SPACES_EVERY = 101;

/** The address with this number; the same seed and number always give the same one. */
export function filledAddress(seed: number, number: number): FilledAddress {
  const name = `${namePrefix(seed)}${number}`;
  const city = at(CITIES, number + seed);
  if (number % WITHOUT_NUMBER_EVERY === 3) {
    const street = at(STREETS_WITHOUT_NUMBER, Math.floor(number / WITHOUT_NUMBER_EVERY) + seed);
    return { name, city, ...knownStreet(street, null) };
  }
  const known = knownStreet(
    at(STREET_NAMES, number + seed),
    at(HOUSE_NUMBERS, Math.floor(number / STREET_NAMES.length) + seed),
  );
  if (number % ODD_SPACES_EVERY !== 5) return { name, city, ...known };
  const { streetName, houseNumber } = known;
  return { name, city, streetName, houseNumber, street: `${streetName}  ${houseNumber ?? ""}` };
}

/** What the names of all addresses of one filling begin with. */
export function namePrefix(seed: number): string {
  return `fill-${seed}-`;
}

/** The number in the name of an address of this filling; undefined for any other name. */
export function numberOf(seed: number, name: string): number | undefined {
  const prefix = namePrefix(seed);
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^[0-9]+$/.test(digits) ? Number(digits) : undefined;
}

function at(values: readonly string[], index: number): string {
  return values[index % values.length] ?? "";
}
