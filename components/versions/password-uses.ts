import { containersOf, objectsIn, textsIn } from "../../manifests/prepare/pods/containers.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import { holdsPassword, type PasswordUse } from "../config/passwords.ts";

/** Where the login's password stands within a longer text that the pods' containers are given. */
export const passwordUses = ({ web }: Pick<VersionObjects, "web">): PasswordUse[] =>
  containersOf(web.template).flatMap(({ name: container, object }) => {
    const { env, command, args } = object;
    const given = [
      ...objectsIn(env).map(({ name, value }) => ({ place: String(name), value })),
      { place: "command", value: command },
      { place: "args", value: args },
    ];
    return given.flatMap(({ place, value }) =>
      textsIn(value).some(holdsPassword) ? [{ container, place }] : [],
    );
  });
