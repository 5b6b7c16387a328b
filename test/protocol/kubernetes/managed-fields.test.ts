import { expect } from "chai";
import { lastWrite, lastWriter, managedMetadata } from "../../../protocol/kubernetes/managed-fields.ts";

const entry = (manager: string, time: string, ...fields: readonly string[]) => ({
  manager,
  time,
  fieldsV1: { "f:spec": Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
});
const writer = (...managedFields: readonly object[]) =>
  lastWriter(managedMetadata.parse({ managedFields }), "rules");

describe("lastWriter", () => {
  it("is who wrote the field last, whatever others wrote elsewhere since", () => {
    const other = { manager: "kubectl", time: "2026-01-01T00:00:09Z", fieldsV1: { "f:metadata": {} } };
    const early = entry("zero-downtime", "2026-01-01T00:00:01Z", "rules", "hostnames");
    const late = entry("zd", "2026-01-01T00:00:02Z", "rules");
    const elsewhere = entry("zero-downtime-guard", "2026-01-01T00:00:03Z", "hostnames");
    for (const fields of [
      [early, late, elsewhere, other],
      [other, elsewhere, late, early],
    ])
      expect(writer(...fields)).to.equal("zd");
  });

  it("is nobody where the API server names none", () => {
    expect(writer()).to.equal(null);
    expect(writer({ manager: "kubectl", time: "2026-01-01T00:00:09Z" })).to.equal(null);
    expect(writer({ ...entry("x", "2026-01-01T00:00:09Z", "rules"), manager: undefined })).to.equal(null);
    expect(lastWriter(managedMetadata.parse({}), "rules")).to.equal(null);
  });
});

describe("lastWrite", () => {
  const written = (...managedFields: readonly object[]) =>
    lastWrite(managedMetadata.parse({ managedFields }), "rules");

  it("is when whoever wrote the field last wrote anything", () => {
    const early = entry("zero-downtime", "2026-01-01T00:00:01Z", "rules");
    const late = entry("zd", "2026-01-01T00:00:02Z", "rules");
    const elsewhere = entry("kubectl", "2026-01-01T00:00:03Z", "hostnames");
    expect(written(late, elsewhere, early)).to.equal(Date.parse("2026-01-01T00:00:02Z"));
  });

  it("is not known where the API server does not say", () => {
    expect(written()).to.equal(null);
    expect(written(entry("zd", "", "rules"))).to.equal(null);
  });
});
