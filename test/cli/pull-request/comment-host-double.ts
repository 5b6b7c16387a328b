import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A comment as both hosts keep it. */
export interface KeptComment {
  readonly id: number;
  body: string;
  readonly system?: boolean;
}

/**
 * A local HTTP server that plays the comment endpoints of GitHub and of GitLab for one pull
 * request, number 7 of team/shop.
 */
export interface CommentHostDouble {
  readonly gitHubApi: string;
  readonly gitLabApi: string;
  readonly comments: KeptComment[];
  /** Requests that changed something, as "POST" or "PATCH 3". */
  readonly writes: string[];
  /** Answers so many requests with 502 first. */
  isDownFor(requests: number): void;
  close(): Promise<void>;
}

/** The only token that it lets in. */
export const TOKEN = "token-of-the-pipeline";

/** GitHub's limit, which it refuses to exceed. */
const LIMIT = 65_536;

const COLLECTION = [
  /^\/github\/repos\/team\/shop\/issues\/7\/comments$/,
  /^\/gitlab\/projects\/team%2Fshop\/merge_requests\/7\/notes$/,
];
const SINGLE = [
  { method: "PATCH", path: /^\/github\/repos\/team\/shop\/issues\/comments\/(\d+)$/ },
  { method: "PUT", path: /^\/gitlab\/projects\/team%2Fshop\/merge_requests\/7\/notes\/(\d+)$/ },
];

export async function startCommentHostDouble(): Promise<CommentHostDouble> {
  const comments: KeptComment[] = [];
  const writes: string[] = [];
  let failures = 0;
  const server = createServer((request, response) => {
    void answer(request).then(({ status, content }) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage): Promise<{ status: number; content: unknown }> {
    const { pathname, searchParams } = new URL(request.url ?? "", base);
    if (failures > 0) {
      failures -= 1;
      return { status: 502, content: { message: "Bad gateway" } };
    }
    const { authorization, "private-token": privateToken } = request.headers;
    if (authorization !== `Bearer ${TOKEN}` && privateToken !== TOKEN)
      return { status: 401, content: { message: "Bad credentials" } };
    if (COLLECTION.some((path) => path.test(pathname))) {
      return request.method === "GET" ? page(searchParams) : posted(await bodyOf(request));
    }
    const single = SINGLE.find(({ method, path }) => method === request.method && path.test(pathname));
    const id = Number(single?.path.exec(pathname)?.[1]);
    const found = comments.find((comment) => comment.id === id);
    if (!found) return { status: 404, content: { message: "Not Found" } };
    writes.push(`${request.method} ${id}`);
    found.body = await bodyOf(request);
    return { status: 200, content: found };
  }

  function page(query: URLSearchParams) {
    const size = Math.min(100, Number(query.get("per_page") ?? 30));
    const from = (Number(query.get("page") ?? 1) - 1) * size;
    return { status: 200, content: comments.slice(from, from + size) };
  }

  function posted(body: string) {
    if (body.length > LIMIT)
      return { status: 422, content: { message: "body is too long (maximum is 65536 characters)" } };
    const comment = { id: comments.length + 1, body };
    comments.push(comment);
    writes.push("POST");
    return { status: 201, content: comment };
  }

  return {
    gitHubApi: `${base}/github`,
    gitLabApi: `${base}/gitlab`,
    comments,
    writes,
    isDownFor: (requests) => {
      failures = requests;
    },
    close: () => closed(server),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return ((await json(request)) as { body: string }).body;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}
