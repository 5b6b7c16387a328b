import { expect } from "chai";
import fc from "fast-check";
import {
  MASK,
  redact,
  redactParts,
  secretsOfConfig,
  secretsOfEnvironment,
} from "../../../cli/pull-request/redact.ts";

describe("What the comment hides", () => {
  it("is every secret of the stack's config, also those inside of an object", () => {
    const printed = {
      "zero-downtime:databasePasswords": {
        value: '{"admin":"top secret"}',
        objectValue: { admin: "top secret", blue: "sky-42" },
        secret: true,
      },
      "zero-downtime:namespace": { value: "shop", secret: false },
    };
    expect(secretsOfConfig(printed)).to.include.members(["top secret", "sky-42"]);
    expect(secretsOfConfig(printed)).to.not.include("shop");
  });

  it("is every value of the environment that its name calls secret", () => {
    const environment = {
      PULUMI_CONFIG_PASSPHRASE: "passphrase",
      GITHUB_TOKEN: "ghs_1",
      AWS_SECRET_ACCESS_KEY: "aws",
      PATH: "/usr/bin",
      KEYBOARD: "qwerty",
      UNSET_TOKEN: undefined,
    };
    expect(secretsOfEnvironment(environment)).to.have.members(["passphrase", "ghs_1", "aws"]);
  });

  it("is hidden as it is, in JSON, in a URL, and in base64 as Kubernetes keeps it", () => {
    const secret = 'p"ss wörd/1';
    const forms = [
      secret,
      JSON.stringify(secret),
      `postgres://blue:${encodeURIComponent(secret)}@db`,
      Buffer.from(secret).toString("base64"),
    ];
    const masked = redact(forms.join("\n"), [secret]);
    expect(masked).to.equal([MASK, `"${MASK}"`, `postgres://blue:${MASK}@db`, MASK].join("\n"));
  });

  it("is hidden line by line where a secret has several, such as a kubeconfig", () => {
    expect(redact("token: abcdef", ["users:\n  token: abcdef\n"])).to.equal(MASK);
  });

  it("is whole where one secret is part of another", () => {
    expect(redact("admin-2024!", ["admin", "admin-2024!"])).to.equal(MASK);
  });

  it("leaves words alone that are as short as a secret must not be", () => {
    expect(redact("a table", ["a", ""])).to.equal("a table");
  });

  it("never stands in any text of the parts", () => {
    const secret = fc.string({ minLength: 6, maxLength: 40, unit: fc.constantFrom(..."abcXYZ!/+ \"'\\") });
    fc.assert(
      fc.property(secret, (value) => {
        const text = `before ${value} after`;
        const stack = { stack: "s", plan: [text], refusals: [text], diff: text, changes: {} };
        const clean = redactParts(
          { stacks: [stack], lint: { lines: [text], isBroken: false }, commit: null },
          [value],
        );
        // What the mask itself is made of may be found anywhere.
        fc.pre(!MASK.includes(value) && !"before  after".includes(value));
        const texts = [
          ...clean.stacks.flatMap(({ plan, refusals, diff }) => [...plan, ...refusals, diff]),
          ...clean.lint.lines,
        ];
        for (const one of texts) expect(one).to.not.include(value);
      }),
    );
  });
});
