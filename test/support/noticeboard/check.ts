import { get } from "node:http";
import { askHealth } from "./grpc-health.ts";

const LIMIT_MILLISECONDS = 2_000;

/**
 * A probe from inside the container.
 * @param address such as `127.0.0.1:9898/healthz`
 * @throws {Error} unless the answer is 200
 */
export async function checkHttp(address: string): Promise<void> {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = get(`http://${address}`, { timeout: LIMIT_MILLISECONDS, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once("timeout", () => request.destroy(new Error(`${address} gives no answer`)));
    request.once("error", reject);
  });
  if (status !== 200) throw new Error(`${address} answers ${status}`);
}

/** @param address such as `127.0.0.1:9999` @throws {Error} unless it serves */
export async function checkGrpc(address: string): Promise<void> {
  const health = await askHealth(address);
  if (health !== "SERVING") throw new Error(`${address} is ${health}`);
}
