import { expect } from "chai";
import type { ServiceError } from "@grpc/grpc-js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import { InitialisationFailure } from "../../../../local/plugins/protocol/initialisation-failure.ts";
import { fromStruct, toStruct } from "../../../../local/plugins/protocol/messages.ts";
import type { ConfigureRequest, Provider } from "../../../../local/plugins/protocol/provider.ts";
import { Secret, UNKNOWN } from "../../../../local/plugins/protocol/values.ts";
import { serveForTest, type Served } from "./plugin-client.ts";
import { providerDouble } from "./provider-double.ts";

describe("the provider service", () => {
  let served: Served;
  afterEach(() => served.close());

  async function serve(replaced: Partial<Provider>): Promise<Served["client"]> {
    served = await serveForTest(providerDouble(replaced));
    return served.client;
  }

  it("hands secrets and unknowns through in both directions", async () => {
    const client = await serve({});
    const request = new providerPb.CreateRequest();
    const properties = { password: new Secret("hunter2"), later: UNKNOWN, plain: [1, "two", null] };
    request.setProperties(toStruct(properties));
    const response = await new Promise<InstanceType<typeof providerPb.CreateResponse>>((resolve, reject) => {
      client.create(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
    expect(fromStruct(response.getProperties())).to.deep.equal(properties);
  });

  it("sends the state and the reasons of a half-made resource as details of the error", async () => {
    const failure = new InitialisationFailure("it is not ready", {
      id: "shop/book",
      properties: { kind: "Deployment" },
      reasons: ["it is not ready", "its pod crashes"],
    });
    const client = await serve({ create: () => Promise.reject(failure) });
    const error = await new Promise<ServiceError>((resolve) => {
      client.create(new providerPb.CreateRequest(), (problem) => {
        if (problem !== null) resolve(problem);
      });
    });
    const [bytes] = error.metadata.get("grpc-status-details-bin");
    const status = statusPb.Status.deserializeBinary(Buffer.from(bytes ?? ""));
    const detail = status.getDetailsList()[0];
    expect(detail?.getTypeUrl()).to.equal("type.googleapis.com/pulumirpc.ErrorResourceInitFailed");
    const failed = providerPb.ErrorResourceInitFailed.deserializeBinary(
      detail?.getValue_asU8() ?? new Uint8Array(),
    );
    expect(failed.getId()).to.equal("shop/book");
    expect(failed.getReasonsList()).to.deep.equal(["it is not ready", "its pod crashes"]);
    expect(fromStruct(failed.getProperties())).to.deep.equal({ kind: "Deployment" });
  });

  it("tells which property changes how, and which changes replace", async () => {
    const detailed = new Map([
      ["spec.selector", { kind: "update", replaces: true, input: false }],
      ["spec.paused", { kind: "delete", replaces: false, input: true }],
    ] as const);
    const replaces = ["spec.selector"];
    const client = await serve({
      diff: async () => ({ changed: true, replaces, deleteBeforeReplace: true, detailed }),
    });
    const response = await new Promise<InstanceType<typeof providerPb.DiffResponse>>((resolve, reject) => {
      client.diff(new providerPb.DiffRequest(), (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
    const { UPDATE_REPLACE, DELETE } = providerPb.PropertyDiff.Kind;
    expect(response.getDetaileddiffMap().get("spec.selector")?.getKind()).to.equal(UPDATE_REPLACE);
    expect(response.getDetaileddiffMap().get("spec.paused")?.getKind()).to.equal(DELETE);
    expect(response.getDeletebeforereplace()).to.equal(true);
    expect(response.getReplacesList()).to.deep.equal(["spec.selector"]);
  });

  it("brings provider settings to Configure and says that secrets and previews are understood", async () => {
    const received: ConfigureRequest[] = [];
    const client = await serve({
      configure: async (request) => {
        received.push(request);
        return { supportsAutonaming: true };
      },
    });
    const request = new providerPb.ConfigureRequest();
    request.getVariablesMap().set("double:config:kubeconfig", "/etc/kubeconfig");
    const response = await new Promise<InstanceType<typeof providerPb.ConfigureResponse>>(
      (resolve, reject) => {
        client.configure(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
      },
    );
    expect(received[0]?.variables.get("double:config:kubeconfig")).to.equal("/etc/kubeconfig");
    expect([response.getAcceptsecrets(), response.getSupportspreview()]).to.deep.equal([true, true]);
  });

  it("tells its version and passes a cancellation on", async () => {
    let isCancelled = false;
    const client = await serve({
      cancel: () => {
        isCancelled = true;
      },
    });
    const version = await new Promise<string>((resolve, reject) => {
      client.getPluginInfo(new emptyPb.Empty(), (error, info) =>
        error === null ? resolve(info.getVersion()) : reject(error),
      );
    });
    await new Promise((resolve) => client.cancel(new emptyPb.Empty(), resolve));
    expect([version, isCancelled]).to.deep.equal(["1.2.3", true]);
  });
});
