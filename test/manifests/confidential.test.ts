import { expect } from "chai";
import { looksSecret, soundsConfidential, withoutPasswords } from "../../manifests/confidential.ts";

describe("a value in clear", () => {
  it("looks like a secret by a name that stands for one", () => {
    for (const name of ["DB_PASSWORD", "smtp_pass", "API_KEY", "apiKey", "AWS_SECRET_ACCESS_KEY", "GH_TOKEN"])
      expect(looksSecret(name, "planted"), name).to.equal(true);
  });

  it("looks like one as a URL with a password, whatever its name", () => {
    expect(looksSecret("QUEUE", "amqp://shop:planted@queue/")).to.equal(true);
    expect(looksSecret("CACHE", "redis://:planted@cache:6379")).to.equal(true);
    expect(looksSecret("DSN", "host=db user=shop password=planted")).to.equal(true);
    expect(looksSecret("DSN", "host=db password=$(PGPASSWORD)")).to.equal(false);
    expect(looksSecret("GIT", `ghp_${"planted".repeat(5)}`)).to.equal(true);
    expect(looksSecret("SIGNER", "-----BEGIN RSA PRIVATE KEY-----\nplanted")).to.equal(true);
  });

  it("looks like none where it is made of other variables, a switch, a number, or about a secret", () => {
    const values: readonly (readonly [string, string])[] = [
      ["DB_PASSWORD", "$(PGPASSWORD)"],
      ["DATABASE_URL", "postgres://$(PGUSER):$(PGPASSWORD)@$(PGHOST)/shop"],
      ["USE_TOKEN", "true"],
      ["TOKEN", ""],
      ["TOKEN_TTL", "3600s"],
      ["PASSWORD_FILE", "/run/password"],
      ["SECRET_NAME", "shop"],
      ["URL", "http://user@host:80/a@b"],
      ["LEVEL", "info"],
    ];
    for (const [name, value] of values) expect(looksSecret(name, value), name).to.equal(false);
  });

  it("is not to be shown where its name says so, more often rather than too seldom", () => {
    for (const name of ["TOKEN_TTL", "Authorization", "x-api-key", "client_secret_id"])
      expect(soundsConfidential(name), name).to.equal(true);
    for (const name of ["LEVEL", "KEYBOARD", "passenger"])
      expect(soundsConfidential(name), name).to.equal(false);
  });

  it("is shown without the passwords of URLs in it", () => {
    expect(withoutPasswords("a=http://u:planted@h b=redis://:planted@c http://h/x:y@z")).to.equal(
      "a=http://u:…@h b=redis://:…@c http://h/x:y@z",
    );
  });
});
