import type { EnvironmentVariable } from "../../../protocol/database-environment.ts";
import { COLOUR_VARIABLE, configKey, VERSION_VARIABLE } from "../../../protocol/names.ts";
import { canonical, type JsonObject, type Slot } from "../../../release/release.ts";
import { titleOf, type Finding, type ManifestObject } from "../../kube-object.ts";
import { objectsIn, prepareContainers, textsIn, type Container, type PodTemplate } from "./containers.ts";
import { prepared, type Prepared } from "../told.ts";

/** What the variables are made from. */
export interface VariableNeeds {
  readonly slot: Pick<Slot, "colour" | "version">;
  /** The libpq variables of the colour's login; null: none are passed. */
  readonly environment: readonly EnvironmentVariable[] | null;
}

/** Variables that are passed together. */
interface Group {
  readonly variables: readonly EnvironmentVariable[];
  readonly why: string;
  /** What to do with one that is written already, with another value. */
  readonly otherwise: string;
}

const groupsOf = ({ slot, environment }: VariableNeeds): Group[] => [
  {
    variables: [
      { name: COLOUR_VARIABLE, value: slot.colour },
      { name: VERSION_VARIABLE, value: slot.version },
    ],
    why: "tell a pod which version it is",
    otherwise: "Take it out; the release passes it",
  },
  ...(environment === null
    ? []
    : [
        {
          variables: environment,
          why: "let it log in to the database as its colour; before the others, whose values may use them",
          otherwise:
            "Take it out, as each colour has a login of its own; " +
            `or set ${configKey("database.logins")} to application, and the pods keep theirs`,
        },
      ]),
];

/**
 * Passes the colour's variables to the application's container, and to every other one that speaks
 * of them. They come before the others: `$(PGUSER)` in a value means a variable above it.
 */
export function withVariables(
  template: PodTemplate,
  web: ManifestObject,
  application: string,
  needs: VariableNeeds,
): Prepared<PodTemplate> {
  const groups = groupsOf(needs);
  return prepareContainers(template, (container) => {
    const passed = groups.filter(
      ({ variables }) => container.name === application || speaksOf(container, variables),
    );
    const written = objectsIn(container.object["env"]);
    const found = passed.map((group) => compare(group, container, written, web));
    const variables = passed.flatMap((group) => group.variables);
    const names = new Set(variables.map(({ name }) => name));
    const env = [...variables, ...written.filter(({ name }) => !names.has(String(name)))];
    return prepared(variables.length === 0 ? container.object : { ...container.object, env }, {
      added: found.flatMap(({ added }) => added),
      refusals: found.flatMap(({ refusals }) => refusals),
    });
  });
}

/** What is new of a group in a container, and what stands there with another value. */
function compare(
  { variables, why, otherwise }: Group,
  { title, path }: Container,
  written: readonly JsonObject[],
  web: ManifestObject,
) {
  const there = variables.flatMap((variable) => {
    const index = written.findIndex(({ name }) => name === variable.name);
    const found = written[index];
    return found ? [{ variable, found, index }] : [];
  });
  const missing = variables.filter(({ name }) => !there.some(({ variable }) => variable.name === name));
  const refusals = there
    .filter(({ variable, found }) => canonical(found) !== canonical(variable))
    .map(({ variable, found, index }): Finding => ({
      source: web.sourceOf([...path, "env", index]),
      text: `${titleOf(web.object)} sets ${variable.name} in ${title}${difference(found, variable)}`,
      advice: otherwise,
    }));
  const what = `${title}: ${missing.map(({ name }) => name).join(", ")}`;
  return { added: missing.length > 0 ? [{ what, why }] : [], refusals };
}

/** Only of what is no secret: a value in clear may be a password all the same. */
function difference(found: JsonObject, variable: EnvironmentVariable): string {
  if (!("value" in variable)) return ", which a release passes itself";
  const given = JSON.stringify(variable.value);
  const { value } = found;
  return typeof value === "string"
    ? ` to ${JSON.stringify(value)}, and a release passes ${given}`
    : `, and a release passes ${given}`;
}

/** Whether a container names a variable anywhere: in its variables, its command, its probes. */
function speaksOf({ object }: Container, variables: readonly EnvironmentVariable[]): boolean {
  const word = new RegExp(`\\b(${variables.map(({ name }) => name).join("|")})\\b`);
  const { name: _, image: __, ...rest } = object;
  return textsIn(rest).some((text) => word.test(text));
}
