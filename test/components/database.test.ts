import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { refuseOtherPassword } from "../../components/database.ts";

/** What is said when a role's password in the state is one and in config another. */
async function said(before: string | undefined, next: string): Promise<string> {
  const inputs = (password: string | undefined) => ({
    name: "shop_blue",
    ...(password === undefined ? {} : { password: pulumi.secret(password) }),
  });
  const args = { oldInputs: inputs(before), newInputs: inputs(next) };
  return refuseOtherPassword(args as unknown as pulumi.ResourceHookArgs).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
}

describe("the login of pods that serve", () => {
  it("keeps its password, and none of both is shown", async () => {
    const reason = await said("first-one", "second-one");
    expect(reason).to.match(/^Cannot change the password of shop_blue as pods that serve log in with it/);
    expect(reason).not.to.match(/first-one|second-one/);
    expect(await said("first-one", "first-one")).to.equal("");
  });

  it("may be set again after it was taken over from the database, which shows no password or a hash", async () => {
    for (const found of [undefined, "", "md5abcdef", "SCRAM-SHA-256$4096:salt$key:key"])
      expect(await said(found, "second-one"), String(found)).to.equal("");
  });
});
