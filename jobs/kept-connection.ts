import { Agent } from "node:http";
import { type Answer, type RequestOptions, request } from "./request.ts";

/** One kept-alive connection, as a client of the real world holds it: it stays until somebody closes it, and then is opened anew. */
export class KeptConnection {
  /** The latest answer came from where it should. */
  agrees = false;
  /** Times that the server closed it, after `Connection: close` or unasked. */
  reopened = 0;
  /** Times that it was cut from this side. */
  cut = 0;
  #agent = newAgent();
  #used = false;
  #openedAt = performance.now();

  get ageMilliseconds(): number {
    return performance.now() - this.#openedAt;
  }

  async request(url: URL, options: Omit<RequestOptions, "agent">): Promise<Answer> {
    const answer = await request(url, { ...options, agent: this.#agent });
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
    this.#agent = newAgent();
    this.#used = false;
    this.#openedAt = performance.now();
  }

  close(): void {
    this.#agent.destroy();
  }
}

function newAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}
