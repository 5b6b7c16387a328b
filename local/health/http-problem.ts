const LIMIT_MILLISECONDS = 2000;

/** Why a URL does not answer with success; `undefined` when it does. */
export async function httpProblem(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MILLISECONDS) });
    await response.arrayBuffer();
    return response.ok ? undefined : `${url} answers ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${url} does not answer (${cause instanceof Error ? cause.message || cause.name : String(cause)})`;
  }
}
