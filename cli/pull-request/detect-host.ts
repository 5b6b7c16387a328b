import { Trouble } from "../cli-error.ts";
import type { CommentHost } from "./comment-host.ts";
import { gitHub } from "./github.ts";
import { gitLab } from "./gitlab.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The host that the environment of a pipeline describes; null outside of one.
 *
 * GitHub: GITHUB_REPOSITORY and PULL_REQUEST with its token in GITHUB_TOKEN, the API in
 * GITHUB_API_URL. GitLab: CI_PROJECT_ID and CI_MERGE_REQUEST_IID with a token in GITLAB_TOKEN, the
 * API in CI_API_V4_URL.
 *
 * @throws {Trouble} where a pull request is named, and something that is needed to reach
 *   it is missing
 */
export function hostFrom(environment: Environment): CommentHost | null {
  const gitHubNumber = environment["PULL_REQUEST"];
  const gitLabNumber = environment["CI_MERGE_REQUEST_IID"];
  if (given(gitHubNumber)) {
    return gitHub({
      api: environment["GITHUB_API_URL"] ?? "https://api.github.com",
      repository: needed(environment, "GITHUB_REPOSITORY"),
      number: numberIn("PULL_REQUEST", gitHubNumber),
      token: needed(environment, "GITHUB_TOKEN"),
    });
  }
  if (given(gitLabNumber)) {
    return gitLab({
      api: needed(environment, "CI_API_V4_URL"),
      project: needed(environment, "CI_PROJECT_ID"),
      number: numberIn("CI_MERGE_REQUEST_IID", gitLabNumber),
      token: needed(environment, "GITLAB_TOKEN"),
    });
  }
  return null;
}

const given = (value: string | undefined): value is string => value !== undefined && value !== "";

function needed(environment: Environment, name: string): string {
  const value = environment[name];
  if (given(value)) return value;
  throw new Trouble(
    "usage",
    `Cannot write the pull request's comment as ${name} is not set. Nothing was posted.`,
    "Set it in the pipeline's job, from its secrets; without a pull request in the environment the comment is printed.",
  );
}

function numberIn(name: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Trouble(
    "usage",
    `Cannot write the pull request's comment as ${name} must be its number: its value is "${value}". Nothing was posted.`,
    "Set it in the pipeline's job.",
  );
}
