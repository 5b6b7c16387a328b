import { expect } from "chai";
import { databaseTls } from "../../../../jobs/migrate/database/database-tls.ts";

describe("the jobs' connection to the database", () => {
  it("is encrypted by require whoever signed the server's certificate, as PostgreSQL's own clients do it", () => {
    expect(databaseTls("require")).to.deep.equal({ rejectUnauthorized: false });
  });

  it("looks at the certificate where it is told to, and at the name in it by verify-full alone", () => {
    expect(databaseTls("verify-full")).to.equal(true);
    const byAuthority = databaseTls("verify-ca");
    expect(byAuthority).to.include({ rejectUnauthorized: true });
    expect(byAuthority).to.have.property("checkServerIdentity").that.is.a("function");
  });

  it("is in clear by disable, and left to pg where nothing is said", () => {
    expect(databaseTls("disable")).to.equal(false);
    expect(databaseTls("")).to.equal(undefined);
  });
});
