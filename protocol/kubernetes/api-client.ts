import { z } from "zod";

/** One request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "PATCH" | "POST";
  /** As in `kubectl get --raw`. */
  readonly path: string;
  /** Empty, or what comes after the path, with its question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
  /** What the API server warns of, in its words; absent where a transport does not say. */
  readonly warnings?: readonly string[];
}

/** How the API server is reached from here, and which error a refused request becomes. */
export interface Transport<Options> {
  /** @throws {Error} if there is no answer */
  readonly send: (request: ApiRequest, options: Options) => Promise<ApiAnswer>;
  /** @param said why, in the API server's words */
  readonly refusal: (status: number, said: string, request: ApiRequest) => Error;
}

/** All of the Kubernetes API that a release needs: read objects and texts, and apply objects. */
export interface KubernetesApi<Options = void> {
  /**
   * GETs one object or list.
   * @returns undefined where there is none
   * @throws {Error} the transport's, or one that says in what the answer differs from the shape
   */
  readonly get: <Shape>(
    shape: z.ZodType<Shape>,
    path: string,
    options: Options,
  ) => Promise<Shape | undefined>;
  /** GETs a text, such as a log; undefined where there is none. */
  readonly text: (path: string, options: Options) => Promise<string | undefined>;
  /**
   * Applies an object on the server, with force: the given fields become this manager's, whoever
   * owned them.
   */
  readonly apply: <Shape>(
    shape: z.ZodType<Shape>,
    path: string,
    object: object,
    manager: string,
    options: Options,
  ) => Promise<Shape>;
}

const JSON_ONLY = { accept: "application/json" };
const NOT_FOUND = 404;

/** The API over a transport. */
export function kubernetesApi<Options>({ send, refusal }: Transport<Options>): KubernetesApi<Options> {
  const ask = async (request: ApiRequest, options: Options): Promise<ApiAnswer> => {
    const answer = await send(request, options);
    const isRight = answer.status >= 200 && answer.status < 300;
    const isAbsent = answer.status === NOT_FOUND && request.method === "GET";
    if (!isRight && !isAbsent) throw refusal(answer.status, messageIn(answer.body), request);
    return answer;
  };
  return {
    get: async (shape, path, options) => {
      const { status, body } = await ask({ method: "GET", path, query: "", headers: JSON_ONLY }, options);
      return status === NOT_FOUND ? undefined : shaped(shape, path, body);
    },
    text: async (path, options) => {
      const headers = { accept: "*/*" };
      const { status, body } = await ask({ method: "GET", path, query: "", headers }, options);
      return status === NOT_FOUND ? undefined : body;
    },
    apply: async (shape, path, object, manager, options) => {
      const query = `?${new URLSearchParams({ fieldManager: manager, force: "true" })}`;
      const headers = { ...JSON_ONLY, "content-type": "application/apply-patch+yaml" };
      const request = { method: "PATCH", path, query, headers, body: JSON.stringify(object) } as const;
      return shaped(shape, path, (await ask(request, options)).body);
    },
  };
}

function shaped<Shape>(shape: z.ZodType<Shape>, path: string, body: string): Shape {
  const parsed = shape.safeParse(JSON.parse(body));
  if (parsed.success) return parsed.data;
  throw new Error(
    `Cannot understand ${path} as it is not shaped as expected: ${z.prettifyError(parsed.error)}`,
  );
}

const SHOWN_CHARACTERS = 200;

/**
 * Why the API server refused: the message of a Status object, or the beginning of any other answer.
 */
function messageIn(body: string): string {
  const [, text] = /"message":\s*("(?:[^"\\]|\\.)*")/.exec(body) ?? [];
  return text === undefined ? body.slice(0, SHOWN_CHARACTERS) : String(JSON.parse(text));
}
