import { succeeds } from "./command.ts";
import { readIfThere } from "./process-identity.ts";

/** The mount points at or below a folder in /proc/self/mountinfo text, the innermost first. */
export function mountPointsBelow(mountInfo: string, folder: string): string[] {
  return mountInfo
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .map((escaped) =>
      escaped.replace(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .reverse();
}

/**
 * Unmounts everything at or below a folder; a busy mount is detached, one that vanished meanwhile
 * is fine.
 */
export async function unmountBelow(folder: string): Promise<void> {
  const points = () => mountPointsBelow(readIfThere("/proc/self/mountinfo") ?? "", folder);
  for (const point of points()) {
    if (!(await succeeds("umount", [point]))) await succeeds("umount", ["--lazy", point]);
  }
  const [left] = points();
  if (left !== undefined) throw new Error(`Cannot unmount ${left}. Type: umount --lazy ${left}`);
}
