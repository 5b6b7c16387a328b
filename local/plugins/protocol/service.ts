// The ResourceProvider service of the Pulumi protocol, over a Provider.
import grpc from "@grpc/grpc-js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Engine } from "./engine.ts";
import {
  fromStruct,
  readCheck,
  readConfigure,
  readCreate,
  readDelete,
  readDiff,
  readRead,
  readUpdate,
  toStruct,
  writeChecked,
  writeDifference,
  writeFailure,
} from "./messages.ts";
import type { Provider } from "./provider.ts";
import { serviceError } from "./service-error.ts";

/** Serves a provider; `engine` receives the address that the engine tells. */
export function service(provider: Provider, engine: Engine): IResourceProviderServer {
  return {
    handshake: unimplemented("Handshake"),
    parameterize: unimplemented("Parameterize"),
    call: unimplemented("Call"),
    construct: unimplemented("Construct"),
    getMapping: answer(() => new providerPb.GetMappingResponse()),
    getMappings: answer(() => new providerPb.GetMappingsResponse()),
    list: (call) =>
      void call.emit("error", { code: grpc.status.UNIMPLEMENTED, details: "Not implemented: List" }),
    getSchema: answer(() => {
      const response = new providerPb.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: provider.name, version: provider.version }));
      return response;
    }),
    checkConfig: answer(async (request) => writeChecked(await provider.checkConfig(readCheck(request)))),
    diffConfig: answer(async (request) => writeDifference(await provider.diffConfig(readDiff(request)))),
    configure: answer(async (request) => {
      const { supportsAutonaming } = await provider.configure(readConfigure(request));
      const response = new providerPb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(supportsAutonaming);
      return response;
    }),
    invoke: answer(async (request) => {
      const { result, failures } = await provider.invoke({
        token: request.getTok(),
        args: fromStruct(request.getArgs()),
      });
      const response = new providerPb.InvokeResponse();
      response.setReturn(toStruct(result));
      response.setFailuresList(failures.map(writeFailure));
      return response;
    }),
    check: answer(async (request) => writeChecked(await provider.check(readCheck(request)))),
    diff: answer(async (request) => writeDifference(await provider.diff(readDiff(request)))),
    create: answer(async (request) => {
      const created = await provider.create(readCreate(request));
      const response = new providerPb.CreateResponse();
      response.setId(created.id);
      response.setProperties(toStruct(created.properties));
      return response;
    }),
    read: answer(async (request) => {
      const found = await provider.read(readRead(request));
      const response = new providerPb.ReadResponse();
      if (found.id === "") return response;
      response.setId(found.id);
      response.setProperties(toStruct(found.properties));
      response.setInputs(toStruct(found.inputs));
      return response;
    }),
    update: answer(async (request) => {
      const response = new providerPb.UpdateResponse();
      response.setProperties(toStruct(await provider.update(readUpdate(request))));
      return response;
    }),
    delete: answer(async (request) => {
      await provider.delete(readDelete(request));
      return new emptyPb.Empty();
    }),
    cancel: answer(() => {
      provider.cancel();
      return new emptyPb.Empty();
    }),
    getPluginInfo: answer(() => {
      const response = new pluginPb.PluginInfo();
      response.setVersion(provider.version);
      return response;
    }),
    attach: answer((request) => {
      engine.attach(request.getAddress());
      return new emptyPb.Empty();
    }),
  };
}

function answer<Request, Response>(
  reply: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(reply)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(serviceError(error)),
      );
  };
}

function unimplemented(method: string): grpc.handleUnaryCall<unknown, never> {
  return (_call, callback) =>
    callback({ code: grpc.status.UNIMPLEMENTED, details: `Not implemented: ${method}` });
}
