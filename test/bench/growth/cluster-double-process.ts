// A double, in a process of its own: an API server with so many pods, an entrance and the verdict
// object, and every pod's metrics page at an address of its own.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { addressOf, metricsPage, podItems } from "./pods-double.ts";
import { REMEMBERED_SECONDS } from "./remembered.ts";

/** What an API server lets an object's data have, see ValidateConfigMap. */
const MOST_DATA_BYTES = 2 ** 20;

/** What the pages of this moment are made from; all pods have counted the same. */
const PAGE_EVERY_MILLISECONDS = 100;

const { pods, pageMilliseconds } = JSON.parse(process.env["DOUBLE"] ?? "{}") as {
  pods: number;
  pageMilliseconds: number;
};
const items = { blue: podItems("blue", pods), green: podItems("green", pods) };
/** The pods have counted for as long as the guard remembers. */
const begun = Date.now() - REMEMBERED_SECONDS * 1000;
let page = { at: 0, text: Buffer.alloc(0) };
let version = 1;
let data: Record<string, string> = {};
let refused = 0;

function pageNow(): Buffer {
  const at = Date.now();
  if (at - page.at >= PAGE_EVERY_MILLISECONDS)
    page = { at, text: Buffer.from(metricsPage((at - begun) / 1000)) };
  return page.text;
}

const servePage = (_: IncomingMessage, response: ServerResponse): void => {
  if (pageMilliseconds > 0) setTimeout(() => response.end(pageNow()), pageMilliseconds);
  else response.end(pageNow());
};

const answer = (response: ServerResponse, status: number, object: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(object));

function serveApi(path: string, query: URLSearchParams, written: string, response: ServerResponse): void {
  if (path.endsWith("/pods")) {
    const colour = query.get("labelSelector") === "colour=blue" ? "blue" : "green";
    const from = Number(query.get("continue") ?? 0);
    const upTo = from + Number(query.get("limit") ?? pods);
    const metadata = upTo < items[colour].length ? `{"continue":"${upTo}"}` : "{}";
    return void response
      .writeHead(200, { "content-type": "application/json" })
      .end(`{"metadata":${metadata},"items":[${items[colour].slice(from, upTo).join(",")}]}`);
  }
  if (path.endsWith("/configmaps/book-verdict")) {
    if (written !== "") {
      const found = (JSON.parse(written) as { data: Record<string, string> }).data;
      const bytes = Object.values(found).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
      if (bytes > MOST_DATA_BYTES) {
        refused += 1;
        return answer(response, 422, {
          message: `ConfigMap "book-verdict" is invalid: []: Too long: may not be more than ${MOST_DATA_BYTES} bytes`,
        });
      }
      version += 1;
      data = found;
    }
    return answer(response, 200, { metadata: { resourceVersion: String(version) }, data });
  }
  if (path === "/written") {
    const bytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return answer(response, 200, { writes: version - 1, refused, bytes });
  }
  answer(response, 200, {
    metadata: { managedFields: [] },
    spec: {
      rules: [
        {
          backendRefs: [
            { name: "book-blue", weight: 95 },
            { name: "book-green", weight: 5 },
          ],
        },
      ],
    },
  });
}

const api = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.once("end", () => {
    const [path = "", query = ""] = (request.url ?? "").split("?");
    serveApi(path, new URLSearchParams(query), Buffer.concat(chunks).toString(), response);
  });
});
// Every address of the loopback is this machine's: one server for all pods.
const pages = createServer({ keepAliveTimeout: 60_000 }, servePage);
for (const server of [api, pages]) {
  server.listen(0, server === api ? addressOf(0) : "0.0.0.0");
  await once(server, "listening");
}
const portOf = (server: typeof api): number => (server.address() as AddressInfo).port;
[{ data }] = (await once(process, "message")) as [{ data: Record<string, string> }];
process.send?.({ api: portOf(api), pages: portOf(pages) });
