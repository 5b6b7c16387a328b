import { z } from "zod";
import { ask } from "./rest-client.ts";
import type { CommentHost, PostedComment } from "./comment-host.ts";

export interface GitLabMergeRequest {
  /** REST API with its version, without a slash at its end. */
  readonly api: string;
  /** Number of the project, or its path. */
  readonly project: string;
  /** The number that people see. */
  readonly number: number;
  /** A project access token with the scope api: a job's own token may not write notes. */
  readonly token: string;
}

/** Notes of a page; the API gives no more. */
const PAGE = 100;

const notes = z.array(z.object({ id: z.number(), body: z.string(), system: z.boolean().default(false) }));

/** A merge request on GitLab, where comments are called notes. */
export function gitLab({ api, project, number, token }: GitLabMergeRequest): CommentHost {
  const headers = { "private-token": token };
  const url = `${api}/projects/${encodeURIComponent(project)}/merge_requests/${number}/notes`;
  return {
    name: `merge request ${number} of project ${project}`,
    limit: 1_000_000,
    async *comments(): AsyncGenerator<PostedComment> {
      for (let page = 1; ; page += 1) {
        const query = `?sort=asc&order_by=created_at&per_page=${PAGE}&page=${page}`;
        const found = notes.parse(await ask({ method: "GET", url: `${url}${query}`, headers }));
        yield* found.filter(({ system }) => !system);
        if (found.length < PAGE) return;
      }
    },
    post: async (body) => {
      await ask({ method: "POST", url, headers, body: { body } });
    },
    update: async (id, body) => {
      await ask({ method: "PUT", url: `${url}/${id}`, headers, body: { body } });
    },
  };
}
