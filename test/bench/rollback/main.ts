// npm run bench:rollback [how many]: how soon users are back on the old colour after somebody types
// `zd rollback` in switch.
import { availableParallelism, loadavg } from "node:os";
import { dirname } from "node:path";
import { startLoad } from "../../../example/load/start-load.ts";
import { createAddressBook } from "../../support/journey/address-book.ts";
import { goodImages, jobsImage, theTarget } from "../../support/journey/journey-images.ts";
import type { Outcome } from "../../support/journey/stack.ts";
import { Zd } from "../../support/journey/zd.ts";
import { writeSection } from "../benchmarks-file.ts";
import { flipOf, flipReport, type Flip } from "./figures.ts";

const NAME = "zd-bench";
const RATE = 100;
const STARTS = 9;

const count = Number(process.argv[2] ?? 20);
const target = await theTarget();
const images = await goodImages(target);
const book = await createAddressBook(target, NAME, images, { jobs: { image: await jobsImage(target) } });
try {
  const zd = Zd.on(NAME, dirname(book.stack.configFile), target.variables);
  mustBeOk(await book.stack.up());
  for (const phase of ["expand", "backfill", "deploy"]) await enter({ phase });
  const ownStart: number[] = [];
  for (let start = 0; start < STARTS; start += 1) ownStart.push((await zd.bare(["--help"])).seconds * 1000);
  const url = target.gateway.publicUrl;
  const load = await startLoad({ url, hostHeader: book.host, allowHost: new URL(url).hostname, rate: RATE });
  const flips: Flip[] = [];
  for (let flip = 1; flip <= count; flip += 1) {
    await enter({ phase: "switch", active: "green" });
    await load.mark("before");
    const typedAt = Date.now();
    const { code, text, seconds } = await zd.run("rollback");
    if (code !== 0) throw new Error(`Cannot measure as zd rollback failed:\n${text}`);
    const { totals } = await load.mark("rollback");
    const measured = flipOf(totals, typedAt, seconds * 1000, ["1.0.0", "2.0.0"]);
    flips.push(measured);
    console.error(`${flip} of ${count}: ${JSON.stringify(measured)}`);
  }
  const { check } = await load.stop();
  const [minute = 0] = loadavg();
  const machine = `${availableParallelism()} processors, load average ${minute.toFixed(1)} at the end, Node ${process.version}`;
  const body = `${flipReport(flips, ownStart)} Rows lost: ${check.lost}. ${RATE} requests/s on fresh and kept-alive connections by a gateway.`;
  console.log(body);
  writeSection("`zd rollback` from switch", `\`npm run bench:rollback -- ${count}\`, ${machine}.\n\n${body}`);
} finally {
  await book.remove();
}

async function enter(changes: Record<string, unknown>): Promise<void> {
  await book.stack.configure(changes);
  mustBeOk(await book.stack.up());
}

function mustBeOk({ isOk, text }: Outcome): void {
  if (!isOk) throw new Error(`Cannot prepare the measurement:\n${text}`);
}
