import { expect } from "chai";
import { MARKER } from "../../../cli/pull-request/comment.ts";
import { putComment, type CommentHost } from "../../../cli/pull-request/comment-host.ts";
import { hostFrom } from "../../../cli/pull-request/detect-host.ts";
import { Trouble } from "../../../cli/cli-error.ts";
import { startCommentHostDouble, TOKEN, type CommentHostDouble } from "./comment-host-double.ts";

const OWN = `${MARKER}\n\nwhat merging would do`;

const HOSTS = [
  {
    title: "GitHub",
    update: "PATCH",
    environment: (double: CommentHostDouble) => ({
      GITHUB_API_URL: double.gitHubApi,
      GITHUB_REPOSITORY: "team/shop",
      PULL_REQUEST: "7",
      GITHUB_TOKEN: TOKEN,
    }),
  },
  {
    title: "GitLab",
    update: "PUT",
    environment: (double: CommentHostDouble) => ({
      CI_API_V4_URL: double.gitLabApi,
      CI_PROJECT_ID: "team/shop",
      CI_MERGE_REQUEST_IID: "7",
      GITLAB_TOKEN: TOKEN,
    }),
  },
] as const;

for (const { title, update, environment } of HOSTS) {
  describe(`The comment on ${title}`, () => {
    let double: CommentHostDouble;

    beforeEach(async () => {
      double = await startCommentHostDouble();
    });

    afterEach(() => double.close());

    const host = (): CommentHost => {
      const found = hostFrom(environment(double));
      if (!found) throw new Error("Expected a host");
      return found;
    };

    it("is posted once and updated in place from then on", async () => {
      expect(await putComment(host(), OWN)).to.equal("posted");
      expect(await putComment(host(), `${OWN}, and more`)).to.equal("updated");
      expect(await putComment(host(), `${OWN}, and more`)).to.equal("unchanged");
      expect(double.comments.map(({ body }) => body)).to.deep.equal([`${OWN}, and more`]);
      expect(double.writes).to.deep.equal(["POST", `${update} 1`]);
    });

    it("is found among several pages of others, of which one quotes it", async () => {
      for (let id = 1; id <= 230; id += 1)
        double.comments.push({ id, body: id === 3 ? `> ${OWN}` : `remark ${id}` });
      double.comments.push({ id: 231, body: OWN });
      expect(await putComment(host(), `${OWN}, new`)).to.equal("updated");
      expect(double.writes).to.deep.equal([`${update} 231`]);
    });

    it("is found though the host is down for a moment", async () => {
      double.comments.push({ id: 1, body: OWN });
      double.isDownFor(1);
      expect(await putComment(host(), `${OWN}, new`)).to.equal("updated");
    }).timeout(10_000);

    it("names request, status and the host's words where it is refused, and not the token", async () => {
      const wrong = hostFrom(
        Object.fromEntries(
          Object.entries(environment(double)).map(([name, value]) => [
            name,
            value === TOKEN ? "wrong-token" : value,
          ]),
        ),
      );
      const message = await putComment(wrong ?? host(), OWN).then(
        () => "",
        (error: unknown) => String(error),
      );
      expect(message).to.match(/Cannot GET http:.* as the host answers 401: .*Bad credentials/);
      expect(message).to.not.include("wrong-token");
      expect(double.writes).to.deep.equal([]);
    });

    it("is refused before anything is previewed where the token is missing", () => {
      const without = Object.fromEntries(
        Object.entries(environment(double)).filter(([, value]) => value !== TOKEN),
      );
      expect(() => hostFrom(without)).to.throw(Trouble, /as GIT(HUB|LAB)_TOKEN is not set/);
    });
  });
}

describe("A pipeline that names no pull request", () => {
  it("has no comment to write", () => {
    expect(hostFrom({ GITHUB_REPOSITORY: "team/shop", PULL_REQUEST: "", GITHUB_TOKEN: TOKEN })).to.equal(
      null,
    );
  });
});
