import { expect } from "chai";
import { pastOf } from "../../../cli/stack/stack-state.ts";
import { stable } from "../../release/releases.ts";

/**
 * What `pulumi stack export` prints of a stack whose last stage was completed with these settings.
 */
const exportedWith = (settings: object) => ({
  deployment: {
    resources: [
      {
        urn: "urn:pulumi:test::shop::pulumi:index:Stash::completed",
        outputs: {
          input: {
            release: { ...stable("blue-green", true), settings },
            tested: {},
            origin: null,
            attempt: "1",
            number: 1,
          },
        },
      },
    ],
  },
});

describe("the settings of a release in a stack's state", () => {
  const read = (settings: object) => pastOf(exportedWith(settings)).completed?.release.settings;

  it("are read as they are, whatever version wrote them: without those that came later, and with those that went", () => {
    for (const settings of [
      {},
      { database: null, soak: 600 },
      {
        namespace: "shop",
        app: { name: "shop", replicas: 3, warmUp: { paths: ["/"] } },
        database: { host: "db", ranges: 4 },
        soak: 0,
        gone: [1, { two: null }],
      },
    ])
      expect(read(settings)).to.deep.equal(settings);
  });

  it("are refused where the core could not read them", () => {
    expect(() => read({ soak: "600" })).to.throw(/Cannot read the mark "completed".*/);
  });
});
