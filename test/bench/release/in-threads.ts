import { Worker } from "node:worker_threads";

/**
 * Numbers 0 to `count`, shared out among so many threads; each worker posts the array of
 * its results.
 */
export async function inThreads<Result>(
  file: URL,
  {
    count,
    threads,
    ...work
  }: { readonly count: number; readonly threads: number; readonly [more: string]: unknown },
): Promise<Result[]> {
  const parts = Array.from({ length: threads }, (_, from) =>
    inThread<Result>(file, { ...work, from, to: count, step: threads }),
  );
  return (await Promise.all(parts)).flat();
}

const inThread = <Result>(file: URL, workerData: object): Promise<Result[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData });
    worker.once("message", resolve).once("error", reject);
  });
