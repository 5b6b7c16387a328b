import { expect } from "chai";
import { z } from "zod";
import { kubernetesApi, type ApiAnswer, type ApiRequest } from "../../../protocol/kubernetes/api-client.ts";

const named = z.object({ name: z.string() });

/** The API over a transport that gives this answer, and the requests that it was asked for. */
function answering(answer: ApiAnswer) {
  const asked: ApiRequest[] = [];
  const api = kubernetesApi<void>({
    send: (request) => {
      asked.push(request);
      return Promise.resolve(answer);
    },
    refusal: (status, said, { method, path }) => new Error(`${method} ${path} ${status}: ${said}`),
  });
  return { api, asked };
}

const messageOf = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.message);

describe("kubernetesApi", () => {
  it("reads an object, and tells where there is none", async () => {
    expect(
      await answering({ status: 200, body: '{"name":"a","more":1}' }).api.get(named, "/a"),
    ).to.deep.equal({
      name: "a",
    });
    const { api } = answering({ status: 404, body: "{}" });
    expect([await api.get(named, "/a"), await api.text("/log")]).to.deep.equal([undefined, undefined]);
  });

  it("applies on the server, under a manager and with force", async () => {
    const { api, asked } = answering({ status: 201, body: '{"name":"a"}' });
    expect(await api.apply(named, "/a", { name: "a" }, "somebody")).to.deep.equal({ name: "a" });
    expect(asked).to.deep.equal([
      {
        method: "PATCH",
        path: "/a",
        query: "?fieldManager=somebody&force=true",
        headers: { accept: "application/json", "content-type": "application/apply-patch+yaml" },
        body: '{"name":"a"}',
      },
    ]);
  });

  it("does not take an object that could not be applied, as its namespace or kind is not there, for applied", async () => {
    const { api } = answering({ status: 404, body: '{"message":"namespaces \\"shop\\" not found"}' });
    expect(await messageOf(api.apply(named, "/a", {}, "somebody"))).to.equal(
      'PATCH /a 404: namespaces "shop" not found',
    );
  });

  it("tells why it was refused: the message of a Status, or the beginning of what else came", async () => {
    const status = '{"kind":"Status", "message": "no \\"get\\" for you", "code":403}';
    expect(await messageOf(answering({ status: 403, body: status }).api.get(named, "/a"))).to.equal(
      'GET /a 403: no "get" for you',
    );
    const page = `<html>${"x".repeat(1000)}`;
    expect(await messageOf(answering({ status: 502, body: page }).api.text("/a"))).to.equal(
      `GET /a 502: ${page.slice(0, 200)}`,
    );
  });
});
