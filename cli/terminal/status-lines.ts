import { describePlace, type Place } from "../../release/place.ts";
import { commandFor, type Serving, type Status } from "../moves/status.ts";
import { paint } from "./paint.ts";

/** A status as a person reads it: where, who serves, what may come next. */
export function statusLines(status: Status): string[] {
  const rows: (readonly [string, string])[] = [
    ["stack", status.stack],
    ["stage", stageText(status)],
    ...(status.release ? [["release", status.release] as const] : []),
    ...servingRows(status),
    ...(status.schema ? [["schema", status.schema] as const] : []),
    ...(status.verdict ? [["verdict", status.verdict] as const] : []),
    ...moveRows(status),
    ...(status.costOfGoingBack && status.stage?.phase !== "stable"
      ? [["cost", status.costOfGoingBack] as const]
      : []),
    ...status.remarks.map((remark) => ["!", paint("yellow", remark)] as const),
  ];
  return rows.map(([label, text]) => `${paint("dim", label.padEnd(9))}${text}`);
}

function stageText({ stage }: Status): string {
  if (!stage) return "none yet: no up has run on this stack";
  const words = paint("bold", describePlace(stage));
  if (stage.isFinished) return `${words}: ${stage.meaning}`;
  const last = stage.lastCompleted ? describePlace(stage.lastCompleted) : "none";
  return `${words}, ${paint("red", "not finished")} (running, or failed); last completed: ${last}`;
}

function servingRows({ serving, servingUnknown, trafficWriter }: Status): (readonly [string, string])[] {
  if (servingUnknown !== null) return [["traffic", `unknown: ${servingUnknown}`]];
  if (serving.length === 0) return [["traffic", "no pods yet"]];
  const by = trafficWriter === null ? "" : paint("dim", ` (written by ${trafficWriter})`);
  return serving.map((one, at) => [at === 0 ? "traffic" : "", servingText(one) + (at === 0 ? by : "")]);
}

function servingText({ workload, version, percent, ready, wanted }: Serving): string {
  const pods = `${ready} of ${wanted} pods ready`;
  const isLame = percent > 0 && ready < Math.max(wanted, 1);
  return `${`${percent} %`.padStart(5)} ${workload} ${version ?? "?"}, ${isLame ? paint("red", pods) : pods}`;
}

function moveRows(status: Status): (readonly [string, string])[] {
  const again = status.again ? [["again", moveText(status, status.again)] as const] : [];
  const next = status.next.map((place, at) => [at === 0 ? "next" : "", moveText(status, place)] as const);
  const back = status.back.map((place, at) => [at === 0 ? "back" : "", moveText(status, place)] as const);
  const isOpen = again.length + next.length > 0;
  const nothing = isOpen ? [] : [["next", status.held ? heldText(status.held) : NAME_A_CANDIDATE] as const];
  return [...again, ...next, ...nothing, ...back];
}

const heldText = (place: Place): string => `${describePlace(place)}, which the verdict does not let in yet`;

const NAME_A_CANDIDATE =
  "name the new version: zd candidate --version <v> --image <repository:tag> [--schema <migration>]";

const moveText = (status: Status, place: Parameters<typeof commandFor>[0]): string =>
  `${describePlace(place)}  ${paint("cyan", commandFor(place, status))}`;
