import { expect } from "chai";
import {
  holdsPassword,
  isUrlSafe,
  missingPasswords,
  unsafeInValues,
} from "../../../components/config/passwords.ts";
import { withLogins } from "../../../release/database/logins.ts";
import type { Release } from "../../../release/release.ts";
import { stable } from "../../release/releases.ts";

describe("a password within a URL", () => {
  it("is safe as letters, digits and what no URL escapes, in every language's clients", () => {
    for (const password of ["", "3f9aC0", "a-b.c_d~e"]) expect(isUrlSafe(password), password).to.equal(true);
    for (const password of [
      "a@b",
      "a/b",
      "a:b",
      "50%",
      "a b",
      "a+b",
      "a&b=c",
      "a;b",
      "ü",
      "a'b",
      "a\nb",
      "$(X)",
    ])
      expect(isUrlSafe(password), password).to.equal(false);
  });

  it("is refused where it is not safe and stands in a value, with what to do, and nothing of it is shown", () => {
    const uses = [
      { container: "app", place: "DATABASE_URL" },
      { container: "jobs", place: "args" },
    ];
    const said = unsafeInValues("databasePasswords.green", "s3cr@t/pass", uses);
    expect(said).to.match(
      /^Cannot put zero-downtime:databasePasswords\.green where \$\(PGPASSWORD\) stands, in DATABASE_URL of container app and 1 more, as .* Give the idle colour another password/,
    );
    expect(said).not.to.match(/s3cr|t\/pass/);
    expect(unsafeInValues("databasePasswords.green", "s3cr@t/pass", [])).to.equal(null);
    expect(unsafeInValues("databasePasswords.green", "s3cret", uses)).to.equal(null);
  });

  it("stands within a text wherever Kubernetes puts it there, and nowhere else", () => {
    for (const value of ["postgres://u:$(PGPASSWORD)@h/d", "$$$(PGPASSWORD)", "$$x$(PGPASSWORD)"])
      expect(holdsPassword(value), value).to.equal(true);
    for (const value of [
      "",
      "$(PGPASSWORD)",
      "$PGPASSWORD",
      "${PGPASSWORD}",
      "$$(PGPASSWORD)",
      "$(PGPASSWORDS)",
      "$$$$(PGPASSWORD)",
    ])
      expect(holdsPassword(value), value).to.equal(false);
  });
});

describe("the passwords that config must hold", () => {
  const base = stable("blue-green", true);
  const own = (completed: Release | null): Release =>
    withLogins(
      { ...base, settings: { ...base.settings, database: { host: "db", logins: "application" } } },
      completed,
    );

  it("are those of both colours, of what still has its colour's login, or none", () => {
    expect(missingPasswords(base, ["admin", "migrator", "blue", "green"])).to.deep.equal([]);
    expect(missingPasswords(base, ["admin", "migrator"])).to.have.length(2);
    expect(missingPasswords(own(null), ["admin", "migrator"])).to.deep.equal([]);
    expect(missingPasswords({ ...base, settings: {} }, [])).to.deep.equal([]);
    const [said, ...others] = missingPasswords(own(base), ["admin", "migrator"]);
    expect(others).to.deep.equal([]);
    expect(said).to.match(/databasePasswords\.blue as pods of blue log in with it: it is not set/);
  });
});
