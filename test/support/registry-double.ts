import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The digest that every tag has. */
export const DIGEST = `sha256:${"a".repeat(64)}`;

/** The login that `/v2/private/` and `/v2/closed/` ask for. */
export const LOGIN = "reader:xx-registry";

/**
 * A registry on this machine. By the first part of a repository: `private` wants a login, `closed`
 * a token of its token service, `sealed` lets nobody in, `silent` never answers, `forgetful` names
 * no digest, `broken` fails; the tag `gone` is not there. All others are open.
 */
export interface RegistryDouble {
  /** Host and port. */
  readonly address: string;
  /** Each request, as `HEAD /v2/shop/manifests/2 anonymous`, or with what it logs in by. */
  readonly asked: string[];
  readonly end: () => void;
}

export async function startRegistry(): Promise<RegistryDouble> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { authorization = "anonymous" } = request.headers;
    asked.push(`${request.method} ${request.url} ${authorization}`);
    answer(request, response, authorization, address());
  });
  const address = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: address(),
    asked,
    end: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const BASIC = `Basic ${Buffer.from(LOGIN).toString("base64")}`;

function answer({ url = "" }: IncomingMessage, response: ServerResponse, login: string, address: string) {
  const kind = /^\/v2\/(\w+)\//.exec(url)?.[1] ?? "";
  const challenge = (text: string) => {
    response.statusCode = 401;
    response.setHeader("www-authenticate", text);
  };
  if (kind === "silent") return;
  if (url.startsWith("/token")) response.write(JSON.stringify({ token: "granted" }));
  else if (kind === "private" && login !== BASIC) challenge('Basic realm="images"');
  else if (kind === "closed" && login !== "Bearer granted")
    challenge(`Bearer realm="http://${address}/token",service="s",scope="pull"`);
  else if (kind === "sealed") response.statusCode = 403;
  else if (kind === "broken") response.statusCode = 503;
  else if (url.endsWith("/gone")) response.statusCode = 404;
  else if (kind !== "forgetful") response.setHeader("docker-content-digest", DIGEST);
  response.end();
}
