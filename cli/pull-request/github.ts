import { z } from "zod";
import { ask } from "./rest-client.ts";
import type { CommentHost, PostedComment } from "./comment-host.ts";

export interface GitHubPullRequest {
  /** REST API, without a slash at its end. */
  readonly api: string;
  /** owner/name */
  readonly repository: string;
  readonly number: number;
  /** May write the pull request's comments. */
  readonly token: string;
}

/** Comments of a page; the API gives no more. */
const PAGE = 100;

const comments = z.array(z.object({ id: z.number(), body: z.string().nullish() }));

/** A pull request on GitHub: for the API its comments are those of an issue. */
export function gitHub({ api, repository, number, token }: GitHubPullRequest): CommentHost {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
  };
  const issues = `${api}/repos/${repository}/issues`;
  return {
    name: `pull request ${number} of ${repository}`,
    // "body is too long (maximum is 65536 characters)"
    limit: 65_536,
    async *comments(): AsyncGenerator<PostedComment> {
      for (let page = 1; ; page += 1) {
        const url = `${issues}/${number}/comments?per_page=${PAGE}&page=${page}`;
        const found = comments.parse(await ask({ method: "GET", url, headers }));
        yield* found.map(({ id, body }) => ({ id, body: body ?? "" }));
        if (found.length < PAGE) return;
      }
    },
    post: async (body) => {
      await ask({ method: "POST", url: `${issues}/${number}/comments`, headers, body: { body } });
    },
    update: async (id, body) => {
      await ask({ method: "PATCH", url: `${issues}/comments/${id}`, headers, body: { body } });
    },
  };
}
