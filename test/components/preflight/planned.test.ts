import { expect } from "chai";
import { keysInState, objectKey } from "../../../components/preflight/planned.ts";

describe("objects that the stack's state has", () => {
  it("are known by group, kind and name, in whatever version of the API", () => {
    const keys = keysInState([
      { apiVersion: "v1", kind: "Service", metadata: { name: "shop", uid: "1" }, status: {} },
      { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "shop-blue" } },
      { input: { kind: "no object" } },
      { name: "shop_owner", login: false },
      null,
    ]);
    expect([...keys]).to.deep.equal(["/Service/shop", "autoscaling/HorizontalPodAutoscaler/shop-blue"]);
    expect(keys.has(objectKey({ apiVersion: "v1", kind: "Service", name: "shop" }))).to.equal(true);
    const older = { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", name: "shop-blue" };
    expect(keys.has(objectKey(older))).to.equal(true);
  });
});
