// The guard as its pod runs it, bundled and with its pod's heap, but for the API server: that is
// reached by a plain URL, as no pod's account is mounted here.
import { z } from "zod";
import { guardSettings } from "../../../protocol/jobs/guard-settings.ts";
import { apiAt } from "../../../jobs/kubernetes/cluster-api.ts";
import { watch } from "../../../jobs/guard/guard.ts";

const given = z
  .object({ api: z.string(), settings: guardSettings })
  .parse(JSON.parse(process.env["GUARD_UNDER_TEST"] ?? "{}"));
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new Error("Stopped by SIGTERM")));
const context = { log: (line: string) => console.log(line), signal: stop.signal };
await watch(
  given.settings,
  context,
  apiAt(given.api, () => Promise.resolve("token")),
);
process.exit();
