import { MARKER } from "./comment.ts";

/** Where a pull request and its comments are. */
export interface CommentHost {
  /** As people call it, for messages. */
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
 * Puts the comment where the last one stands; posts it where there is none yet. May be repeated.
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

/** Somebody who quotes the comment does not begin with its marker. */
async function findOwn(host: CommentHost): Promise<PostedComment | null> {
  for await (const comment of host.comments()) if (comment.body.startsWith(MARKER)) return comment;
  return null;
}
