import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { expect } from "chai";
import { KubeResource } from "../../components/kube-resource.ts";
import type { KubeObject } from "../../manifests/kube-object.ts";

/** How the engine's protocol marks a secret. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

type Register = (request: RegisterResourceRequest, answer: unknown) => Promise<void>;

/** What the engine is told of an object. */
async function registered(object: KubeObject) {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
    call: () => ({}),
  });
  const requests: RegisterResourceRequest[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: Register };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) => {
    requests.push(request);
    return register(request, answer);
  };
  new KubeResource("it", object, {});
  await pulumi.runtime.disconnect();
  const [request] = requests;
  return {
    type: request?.getType(),
    inputs: request?.getObject()?.toJavaScript() ?? {},
    hiddenOutputs: request?.getAdditionalsecretoutputsList() ?? [],
  };
}

describe("an object of any kind, as the engine hears of it", () => {
  it("has the type of its kind, and says all that it holds", async () => {
    const metadata = { name: "shop", namespace: "live" };
    const object = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec: { rules: [] } };
    const { type, inputs, hiddenOutputs } = await registered(object);
    expect(type).to.equal("kubernetes:networking.k8s.io/v1:Ingress");
    expect(inputs).to.deep.equal(object);
    expect(hiddenOutputs).to.deep.equal([]);
  });

  it("hides a Secret's values, and the copy of them that kubectl may have left in the metadata", async () => {
    const metadata = { name: "keys", namespace: "live" };
    const object = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", stringData: { key: "x" } };
    const { type, inputs, hiddenOutputs } = await registered(object);
    expect(type).to.equal("kubernetes:core/v1:Secret");
    expect(inputs["stringData"]).to.include(SECRET);
    expect(inputs).to.deep.include({ type: "Opaque", metadata });
    expect(hiddenOutputs).to.have.members(["data", "stringData", "metadata"]);
  });
});
