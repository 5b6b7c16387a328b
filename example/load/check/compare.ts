import type { Written } from "./expected-state.ts";
import type { Outcome, WrongKind } from "./outcome.ts";

/** An address as either version answers it; version 1 knows no parts. */
export interface Shown {
  readonly id: number;
  readonly name: string;
  readonly street: string;
  readonly city: string;
  readonly street_name?: string;
  readonly house_number?: string | null;
}

type Wrong = Extract<Outcome, { result: "wrong" }>;

/** Reads one address out of an answer, or says what is malformed. */
export function parseShown(value: unknown): Shown | Wrong {
  if (typeof value !== "object" || value === null)
    return wrong("malformed", `no address: ${JSON.stringify(value)}`);
  const shown = value as Readonly<Record<string, unknown>>;
  const { id, street_name, house_number } = shown;
  const complete =
    typeof id === "number" &&
    typeof shown["name"] === "string" &&
    typeof shown["street"] === "string" &&
    typeof shown["city"] === "string" &&
    (street_name === undefined
      ? house_number === undefined
      : typeof street_name === "string" && (typeof house_number === "string" || house_number === null));
  return complete ? (value as Shown) : wrong("malformed", `fields are missing: ${JSON.stringify(value)}`);
}

/**
 * The two forms of an address must say the same; joined here on its own, so that the check does not
 * share an error with the service.
 */
export function disagreement(shown: Shown): Wrong | undefined {
  if (shown.street_name === undefined) return undefined;
  const joined = [shown.street_name, ...(shown.house_number == null ? [] : [shown.house_number])].join(" ");
  return joined === shown.street
    ? undefined
    : wrong("disagreeing", `the parts do not make the street: ${JSON.stringify(shown)}`);
}

/** Compares an answer with what was written; any one of the states will do. */
export function difference(shown: Shown, states: readonly Written[]): Wrong | undefined {
  const disagreeing = disagreement(shown);
  if (disagreeing !== undefined) return disagreeing;
  if (states.some((written) => isSame(shown, written))) return undefined;
  return wrong("changed", `written ${JSON.stringify(states)}, shown ${JSON.stringify(shown)}`);
}

function isSame(shown: Shown, written: Written): boolean {
  return (
    shown.name === written.name &&
    shown.street === written.street &&
    shown.city === written.city &&
    (shown.street_name === undefined ||
      written.parts === undefined ||
      (shown.street_name === written.parts.streetName &&
        (shown.house_number ?? null) === written.parts.houseNumber))
  );
}

export function wrong(kind: WrongKind, detail: string): Wrong {
  return { result: "wrong", kind, detail };
}

/** Tells something parsed from what is wrong with it. */
export function isWrong(value: object): value is Wrong {
  return "result" in value && value.result === "wrong";
}
