import { valueAt } from "../../manifests/kube-object.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Json } from "../../release/release.ts";
import { holdsPassword, type PasswordUse } from "../config/passwords.ts";

/** Where the login's password stands within a value of the pods' environment. */
export function passwordUses({ web }: Pick<VersionObjects, "web">): PasswordUse[] {
  const listed = (key: string) => (valueAt(web.template, ["spec", key]) ?? []) as readonly Json[];
  return [...listed("initContainers"), ...listed("containers")].flatMap((container) => {
    const variables = (valueAt(container, ["env"]) ?? []) as readonly Json[];
    return variables.flatMap((each) => {
      const value = valueAt(each, ["value"]);
      return typeof value === "string" && holdsPassword(value)
        ? [{ container: String(valueAt(container, ["name"])), variable: String(valueAt(each, ["name"])) }]
        : [];
    });
  });
}
