import { readFileSync } from "node:fs";

/** `/proc/stat` counts in hundredths of a second, whatever the kernel's own clock. */
const TICKS_A_SECOND = 100;

/** Seconds that all processors together have worked since the machine's start. */
export const processorSeconds = (): number => processorSecondsIn(readFileSync("/proc/stat", "utf8"));

/**
 * From the first line of `/proc/stat`: user, nice, system, interrupts; neither idling nor waiting
 * for a disk, nor what another machine on the same processor has taken.
 */
export function processorSecondsIn(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , hard = 0, soft = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? "")
    .split(" ")
    .map(Number);
  return (user + nice + system + hard + soft) / TICKS_A_SECOND;
}
