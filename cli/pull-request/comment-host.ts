import { MARKER } from "./comment.ts";

/** Where a pull request and its comments are. */
export interface CommentHost {
  /** Its name for people, for messages. */
  readonly name: string;
  /** Characters that one comment may have. */
  readonly limit: number;
  /** All comments of the pull request, the oldest first. */
  comments(): AsyncIterable<PostedComment>;
  post(body: string): Promise<void>;
  update(id: number, body: string): Promise<void>;
}

export interface PostedComment {
  readonly id: number;
  readonly body: string;
}

/**
 * Replaces the last comment, or posts one if there is none yet. May be repeated.
 *
 * @param body begins with the marker
 */
export async function putComment(
  host: CommentHost,
  body: string,
): Promise<"posted" | "updated" | "unchanged"> {
  const before = await findOwn(host);
  if (!before) {
    await host.post(body);
    return "posted";
  }
  if (before.body === body) return "unchanged";
  await host.update(before.id, body);
  return "updated";
}

/** A comment that quotes ours does not begin with the marker. */
async function findOwn(host: CommentHost): Promise<PostedComment | null> {
  for await (const comment of host.comments()) if (comment.body.startsWith(MARKER)) return comment;
  return null;
}
