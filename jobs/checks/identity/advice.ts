import type { ToldByAnswers } from "../../../protocol/identity/identity.ts";
import { COLOUR_VARIABLE, configKey } from "../../../protocol/names.ts";

const IDENTITY = configKey("app.identity");

/** What to set where answers do not say who gives them, without the last full stop. */
export function advice(told: ToldByAnswers, path: string): string {
  switch (told.by) {
    case "header":
      return (
        `Let the application answer ${path} with the value of its variable ${COLOUR_VARIABLE} in the header ${told.header} ` +
        `(${configKey("app.identityPath")} and ${configKey("app.colourHeader")} name both). One that cannot be changed needs neither: ` +
        `set ${IDENTITY} to { path, json } where an answer holds the version, to entrance behind a Gateway, or else to endpoints`
      );
    case "json":
      return (
        `${IDENTITY} says that the JSON at ${path} holds the version under ${told.key}: it must be what config calls it ` +
        `(${Object.keys(told.versions).join(", ")}). Mend path, json or the version's name, or set ${IDENTITY} to endpoints`
      );
    case "entrance":
      return (
        `The Gateway names who answers, as was seen at ${told.trial.host}, but not at ${path}: another route may take the request. ` +
        `Set ${configKey("app.identityPath")} to a path that leads to the application alone, or ${IDENTITY} to endpoints`
      );
  }
}
