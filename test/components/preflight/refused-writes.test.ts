import { expect } from "chai";
import { trialIn } from "../../../components/preflight/cluster/trial.ts";
import type { PlannedObject } from "../../../components/preflight/planned.ts";
import { writeFindings } from "../../../components/preflight/refused-writes.ts";
import { describeFinding } from "../../../manifests/kube-object.ts";
import { asJson } from "../../../release/release.ts";
import { failure } from "./api-server-double.ts";

const planned = (kind: string, more: object = {}): PlannedObject => {
  const object = { apiVersion: "apps/v1", kind, metadata: { name: "shop" }, ...more };
  return {
    apiVersion: "apps/v1",
    kind,
    name: "shop",
    object: asJson(object) as NonNullable<PlannedObject["object"]>,
    sourceOf: (path) => ({ file: `a.yaml(${path.join("/")})`, line: 1 }),
  };
};

const CONTAINERS = { spec: { template: { spec: { containers: [{ name: "proxy" }, { name: "app" }] } } } };

function findings(
  status: number,
  message: string,
  details: object = {},
  of = planned("Deployment", CONTAINERS),
) {
  const { body } = failure(status, message, details);
  return writeFindings([{ planned: of, trial: trialIn({ status, body: JSON.stringify(body) }) }]);
}

const refused = (...args: Parameters<typeof findings>) => findings(...args).refusals.map(describeFinding);

describe("an object that the API server would refuse", () => {
  it("is refused with each field and its place in the file, as server-side apply says it", () => {
    const message = [
      "failed to create typed patch object (shop/shop; apps/v1, Kind=Deployment): errors:",
      '  .spec.template.spec.containers[name="app"].livenesProbe: field not declared in schema',
      '  .spec.template.spec.containers[name="app"].env: duplicate entries for key [name="PGHOST"]',
      '  .spec.replicas: expected numeric (int or float), got &value.valueUnstructured{Value:"geheim"}',
    ].join("\n");
    expect(refused(500, message)).to.deep.equal([
      'a.yaml(spec/template/spec/containers/1/livenesProbe):1: The cluster refuses Deployment/shop for spec.template.spec.containers[name="app"].livenesProbe: unknown field',
      'a.yaml(spec/template/spec/containers/1/env):1: The cluster refuses Deployment/shop for spec.template.spec.containers[name="app"].env: duplicate entries for key [name="PGHOST"]',
      "a.yaml(spec/replicas):1: The cluster refuses Deployment/shop for spec.replicas: expected numeric (int or float), but it is something else",
    ]);
  });

  it("is refused as strict decoding says it", () => {
    const message =
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].imag", duplicate field "spec.replicas"';
    expect(refused(400, message).map((line) => line.replace(/^.*refuses /, ""))).to.deep.equal([
      "Deployment/shop for spec.template.spec.containers[0].imag: unknown field",
      "Deployment/shop for spec.replicas: duplicate field",
    ]);
  });

  it("is refused as validation says it, by its causes", () => {
    const causes = [
      { field: "spec.template.spec.containers[1].image", message: "Required value" },
      { field: "spec.selector", message: 'Invalid value: {"a":"b"}: field is immutable' },
    ];
    expect(refused(422, 'Deployment.apps "shop" is invalid: …', { causes })).to.deep.equal([
      "a.yaml(spec/template/spec/containers/1/image):1: The cluster refuses Deployment/shop for spec.template.spec.containers[1].image: Required value",
      'a.yaml(spec/selector):1: The cluster refuses Deployment/shop for spec.selector: Invalid value: {"a":"b"}: field is immutable',
    ]);
  });

  it("is refused as a policy says it", () => {
    expect(
      refused(403, 'admission webhook "owners" denied the request: label team is required.'),
    ).to.deep.equal([
      'a.yaml():1: The cluster refuses Deployment/shop: admission webhook "owners" denied the request: label team is required',
    ]);
  });

  it("shows no value of a Secret, whatever the API server repeats", () => {
    const secret = planned("Secret", { data: { password: 5 } });
    const causes = [{ field: "data.password", message: 'Invalid value: "geheim"' }];
    const messages = [
      refused(422, "geheim is not allowed", { causes }, secret),
      refused(400, "illegal base64 data in geheim", {}, secret),
      refused(
        500,
        'failed to create typed patch object (shop/shop; /v1, Kind=Secret): .data.password: expected string, got &value.valueUnstructured{Value:"geheim"}',
        {},
        secret,
      ),
      refused(
        500,
        "failed to convert new object (shop/shop; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: illegal base64 data in geheim",
        {},
        secret,
      ),
    ].flat();
    expect(messages).to.have.length(4);
    for (const message of messages) {
      expect(message).to.match(/The cluster refuses Secret\/shop/);
      expect(message).to.not.match(/geheim/);
    }
    const { unasked } = findings(500, 'failed calling webhook with "geheim"', {}, secret);
    expect(unasked.map(({ why }) => why)).to.deep.equal(["answer 500"]);
  });

  it("is none where what it refers to is made by the same stage", () => {
    expect(
      refused(404, 'roles.rbac.authorization.k8s.io "shop-jobs" not found', { kind: "roles" }),
    ).to.deep.equal([]);
  });

  it("is none where the cluster could not say, and that is told", () => {
    const cases: readonly (readonly [number, string])[] = [
      [400, 'admission webhook "old" does not support dry run'],
      [500, 'failed calling webhook "owners": connect: connection refused'],
      [429, "too many requests"],
      [401, "Unauthorized"],
      [503, "the server is shutting down"],
    ];
    for (const [status, message] of cases) {
      const { refusals, unasked } = findings(status, message);
      expect(refusals, message).to.deep.equal([]);
      expect(unasked).to.deep.equal([{ what: "Deployment/shop", why: message, isForbidden: false }]);
    }
    // A page of a gateway in between.
    const trial = trialIn({ status: 502, body: "<html>Bad Gateway</html>" });
    expect(writeFindings([{ planned: planned("Deployment"), trial }]).unasked).to.have.length(1);
  });

  it("is warned of in the API server's words, but for what its pods are asked about themselves", () => {
    const warnings = ["spec.x is deprecated since v1.33", 'would violate PodSecurity "restricted:latest": …'];
    const trial = trialIn({ status: 200, body: "{}", warnings });
    const found = writeFindings([{ planned: planned("Deployment"), trial }]);
    expect(found.warnings.map(describeFinding)).to.deep.equal([
      "a.yaml():1: Deployment/shop: the API server warns that spec.x is deprecated since v1.33",
    ]);
  });
});
