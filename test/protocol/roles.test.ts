import { expect } from "chai";
import { rolePrefix } from "../../protocol/config/value-types.ts";
import { rolesOf } from "../../protocol/roles.ts";

describe("the roles of an application's database", () => {
  it("are called by the application, with dashes as PostgreSQL writes them without quotes", () => {
    expect(rolesOf({}, "address-book")).to.deep.equal({
      owner: "address_book_owner",
      migrator: "address_book_migrator",
      app: "address_book_app",
      logins: { blue: "address_book_blue", green: "address_book_green" },
    });
  });

  it("are called by the prefix that config sets, and leave an owner that is there already its name", () => {
    const { owner, migrator } = rolesOf({ prefix: "shop", owner: "legacy" }, "address-book");
    expect([owner, migrator]).to.deep.equal(["legacy", "shop_migrator"]);
  });

  it("are never called more than PostgreSQL keeps of a name, up to the longest prefix that config takes", () => {
    const longest = "s".repeat(54);
    expect(rolePrefix.safeParse(`${longest}s`).success).to.equal(false);
    const { logins, ...roles } = rolesOf({ prefix: rolePrefix.parse(longest) }, "shop");
    for (const role of [...Object.values(roles), ...Object.values(logins)])
      expect(role.length, role).to.be.at.most(63);
  });
});
