const POLL_MILLISECONDS = 100;

/**
 * Asks until the answer is `undefined`; any other answer says what is still missing.
 *
 * @throws {Error} at the deadline, with the last answer.
 */
export async function waitUntil(
  what: string,
  missing: () => Promise<string | undefined>,
  limitMilliseconds: number,
): Promise<void> {
  const deadline = Date.now() + limitMilliseconds;
  for (;;) {
    const answer = await missing();
    if (answer === undefined) return;
    if (Date.now() >= deadline) {
      throw new Error(
        `Cannot go on as ${what} did not become ready within ${limitMilliseconds / 1000} s: ${answer}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}
