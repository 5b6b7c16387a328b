import * as https from "node:https";
import { network } from "../machine/network.ts";

const LIMIT_MILLISECONDS = 2000;

/**
 * Why a component's `/healthz` on loopback is not well; its certificate is one it made for itself.
 */
export function secureHealthProblem(port: number): Promise<string | undefined> {
  const url = `https://${network.loopback}:${port}/healthz`;
  return new Promise((resolve) => {
    const request = https.get(url, { rejectUnauthorized: false, timeout: LIMIT_MILLISECONDS, agent: false });
    request.once("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `${url} answers ${response.statusCode}`);
    });
    request.once("timeout", () => request.destroy(new Error("no answer in time")));
    request.once("error", (error) => resolve(`${url} does not answer (${error.message})`));
  });
}
