import { looksSecret } from "../../confidential.ts";
import { titleOf, type Finding, type ManifestObject } from "../../kube-object.ts";
import { prepared, type Told } from "../told.ts";
import { containersOf, objectsIn, type PodTemplate } from "./containers.ts";

/** Warns of values of variables that look like secrets, without showing them. */
export function plainSecretNotes(web: ManifestObject, template: PodTemplate): Told {
  const notes = containersOf(template).flatMap(({ object, title, path }) =>
    objectsIn(object["env"]).flatMap(({ name, value }, index): Finding[] => {
      if (typeof name !== "string" || typeof value !== "string" || !looksSecret(name, value)) return [];
      return [
        {
          source: web.sourceOf([...path, "env", index]),
          text: `${titleOf(web.object)} has what looks like a secret in clear, in variable ${name} of ${title}: everybody who may read Deployments sees it`,
          advice: `Put it into a Secret, and in place of value write valueFrom: { secretKeyRef: { name: ${web.object.metadata.name}, key: ${name} } }`,
        },
      ];
    }),
  );
  return prepared(null, { notes });
}
