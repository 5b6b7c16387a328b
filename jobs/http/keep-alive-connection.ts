import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { type Answer, type RequestOptions, request } from "./request.ts";

/**
 * One kept-alive connection, as a real client holds it: it stays open until somebody closes it, and
 * is then opened again.
 */
export class KeptConnection {
  /** The latest answer came from an allowed colour. */
  agrees = false;
  /** Times that the server closed it, with `Connection: close` or without notice. */
  reopened = 0;
  /** Times that it was cut from this side. */
  cut = 0;
  #agent: Agent | undefined;
  #used = false;
  #openedAt = performance.now();

  get ageMilliseconds(): number {
    return performance.now() - this.#openedAt;
  }

  async request(url: URL, options: Omit<RequestOptions, "agent">): Promise<Answer> {
    const agent = (this.#agent ??= newAgent(url));
    const answer = await request(url, { ...options, agent });
    if (!answer.reusedConnection) {
      if (this.#used) this.reopened += 1;
      this.#openedAt = performance.now();
    }
    this.#used = true;
    return answer;
  }

  /** Closes it, so that the next request opens another. */
  cutOff(): void {
    this.cut += 1;
    this.close();
    this.#agent = undefined;
    this.#used = false;
    this.#openedAt = performance.now();
  }

  close(): void {
    this.#agent?.destroy();
  }
}

function newAgent({ protocol }: URL): Agent {
  const options = { keepAlive: true, maxSockets: 1 };
  return protocol === "https:" ? new SecureAgent(options) : new Agent(options);
}
