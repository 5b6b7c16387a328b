// The load's own thread: what else the process does must not delay its arrivals or
// lengthen its times.
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { Generator } from "./generator.ts";
import type { ParsedLoadOptions } from "./options.ts";
import type { Report, Segment } from "./report.ts";
import type { Totals } from "./totals.ts";

/** What the load's thread is asked. */
export type ToLoad =
  { readonly ask: "mark"; readonly number: number; readonly label: string } | { readonly ask: "stop" };

/** What it tells. */
export type FromLoad =
  | { readonly tell: "totals"; readonly totals: Totals }
  | { readonly tell: "marked"; readonly number: number; readonly segment: Segment }
  | { readonly tell: "ended" }
  | { readonly tell: "report"; readonly report: Report };

const TELL_MILLISECONDS = 200;

function main(): void {
  const port = parentPort;
  if (port === null) throw new Error("Cannot run the load's thread by itself: use start-load.ts");
  const tell = (message: FromLoad) => port.postMessage(message);
  const generator = new Generator(workerData as ParsedLoadOptions, randomBytes(4).toString("hex"));
  const tellTotals = () => tell({ tell: "totals", totals: generator.snapshot() });
  const telling = setInterval(tellTotals, TELL_MILLISECONDS);
  void generator.ended.then(() => tell({ tell: "ended" }));
  port.on("message", (message: ToLoad) => {
    if (message.ask === "mark") {
      tell({ tell: "marked", number: message.number, segment: generator.mark(message.label) });
      return;
    }
    void generator.stop().then((report) => {
      clearInterval(telling);
      tell({ tell: "report", report });
      port.close();
    });
  });
  tellTotals();
}

main();
