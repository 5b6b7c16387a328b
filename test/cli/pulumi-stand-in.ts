import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** How the engine marks a secret in what it prints; with its value in clear only where asked. */
const MARK = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** A value of the state that is secret. */
export const secret = (value: unknown) => ({ ...MARK, plaintext: JSON.stringify(value) });

/**
 * A `pulumi` command in a folder of its own, which answers `stack export` with a state, its secrets
 * in clear only with `--show-secrets`, and does nothing else.
 *
 * @param marks inputs of the program's marks, by their names
 * @returns the variable PATH with which it is found
 */
export async function pulumiStandIn(
  folder: string,
  marks: Readonly<Record<string, unknown>>,
): Promise<string> {
  const state = {
    deployment: {
      resources: Object.entries(marks).map(([name, input]) => ({
        urn: `urn:pulumi:live::zero-downtime::pulumi:index:Stash::${name}`,
        outputs: { input },
      })),
    },
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "shown.json"), JSON.stringify(state));
  await writeFile(
    join(folder, "encrypted.json"),
    JSON.stringify(state, (_, value: unknown) =>
      typeof value === "object" && value !== null && "plaintext" in value
        ? { ...MARK, ciphertext: "v1:encrypted" }
        : value,
    ),
  );
  const script = `#!/bin/sh
cd "$(dirname "$0")"
case "$*" in
  *"stack export"*--show-secrets*) cat shown.json ;;
  *"stack export"*) cat encrypted.json ;;
esac
`;
  await writeFile(join(folder, "pulumi"), script);
  await chmod(join(folder, "pulumi"), 0o755);
  return `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
}
