import { expect } from "chai";
import { passwordUses } from "../../../components/versions/password-uses.ts";
import { ENVIRONMENT, prepare, type Files } from "../../manifests/prepare/shop.ts";

const URL = "postgres://$(PGUSER):$(PGPASSWORD)@$(PGHOST)";

const uses = (files: Files) =>
  passwordUses(prepare(files, { environment: ENVIRONMENT }).objects).map(
    ({ container, place }) => `${place} of ${container}`,
  );

describe("the password of a colour's login", () => {
  it("has to be safe where the pods have it within a longer text: a variable, a command, an argument", () => {
    expect(uses({ container: { env: [{ name: "DSN", value: URL }] } })).to.deep.equal(["DSN of web"]);
    expect(uses({ container: { command: ["sh", "-c", `serve ${URL}`] } })).to.deep.equal(["command of web"]);
    expect(uses({ container: { args: ["--dsn", URL] } })).to.deep.equal(["args of web"]);
    const wait = { name: "wait", image: "tool", env: [{ name: "URL", value: URL }] };
    expect(uses({ initContainers: [wait] })).to.deep.equal(["URL of wait"]);
  });

  it("may be any where it stands by itself, or not at all", () => {
    const env = [
      { name: "PASS", value: "$(PGPASSWORD)" },
      { name: "NOTE", value: "literally $$(PGPASSWORD)" },
    ];
    expect(uses({ container: { env } })).to.deep.equal([]);
    expect(uses({})).to.deep.equal([]);
  });
});
