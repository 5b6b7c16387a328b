import { expect } from "chai";
import { hear } from "../../../../jobs/checks/identity/heard.ts";
import { NoAnswer } from "../../../../jobs/http/request.ts";

const answer = (more: { status?: number; headers?: Record<string, string>; body?: string }) => ({
  status: 200,
  headers: {},
  body: "",
  ...more,
});

const header = { by: "header", header: "X-Colour" } as const;
const json = { by: "json", key: "build.version", versions: { "1.0.0": "blue", "2": "green" } } as const;

const heard = (told: Parameters<typeof hear>[0], more: Parameters<typeof answer>[0]) =>
  hear(told, ["green"], answer(more));

describe("what an answer says of who gave it", () => {
  it("is in its header, also of an answer that says that something is not there", () => {
    for (const status of [200, 304, 404])
      expect(heard(header, { status, headers: { "x-colour": "green" } })).to.deep.equal({
        from: "green",
        problem: null,
        isHopeless: false,
      });
  });

  it("is in its JSON, as a text or a number, at any depth or under a key with dots", () => {
    for (const body of ['{"build":{"version":"2"}}', '{"build":{"version":2}}', '{"build.version":"2"}'])
      expect(heard(json, { body }), body).to.include({ from: "green", problem: null });
  });

  it("may be another colour, which may change", () => {
    const other = { from: "blue", problem: "an answer from blue", isHopeless: false };
    expect(heard(header, { headers: { "x-colour": "blue" } })).to.deep.equal(other);
    expect(heard(json, { body: '{"build":{"version":"1.0.0"}}' })).to.deep.equal(other);
  });

  for (const [what, told, more, problem] of [
    ["has no header", header, {}, "answer 200 without the header X-Colour"],
    ["is a 404 without a header", header, { status: 404 }, "answer 404 without the header X-Colour"],
    [
      "names no colour",
      header,
      { headers: { "x-colour": "purple" } },
      'answer 200 with "purple" in the header X-Colour, which is no colour',
    ],
    [
      "names the colour twice",
      header,
      { headers: { "x-colour": "green, green" } },
      'answer 200 with "green, green" in the header X-Colour, which is no colour',
    ],
    ["is no JSON", json, { body: "<html>" }, "answer 200 without build.version in its JSON"],
    [
      "is JSON without the key",
      json,
      { body: '{"build":"2"}' },
      "answer 200 without build.version in its JSON",
    ],
    ["is JSON of null", json, { body: "null" }, "answer 200 without build.version in its JSON"],
    [
      "has an object there",
      json,
      { body: '{"build":{"version":{"major":2}}}' },
      "answer 200 without build.version in its JSON",
    ],
    [
      "has a version that nobody has",
      json,
      { body: '{"build":{"version":"v2"}}' },
      'answer 200 with version "v2", which is none of 2, 1.0.0',
    ],
    [
      "has a version that every JavaScript object has",
      json,
      { body: '{"build":{"version":"constructor"}}' },
      'answer 200 with version "constructor", which is none of 2, 1.0.0',
    ],
  ] as const)
    it(`never proves anything where it ${what}`, () => {
      expect(heard(told, more)).to.deep.equal({ from: null, problem, isHopeless: true });
    });

  it("is nothing yet while nobody answers, or somebody with an error of their own", () => {
    expect(hear(header, ["green"], new NoAnswer("ECONNREFUSED", "refused"))).to.deep.equal({
      from: null,
      problem: "refused",
      isHopeless: false,
    });
    expect(heard(header, { status: 503, headers: { "x-colour": "green" }, body: "no" })).to.deep.equal({
      from: null,
      problem: "answer 503: no",
      isHopeless: false,
    });
  });
});
