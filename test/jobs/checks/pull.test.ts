import { expect } from "chai";
import type { Result } from "../../../jobs/job.ts";
import { awaitPull, pull } from "../../../jobs/checks/pull.ts";
import { testContext } from "../answering.ts";
import { IMAGE, type ClusterDouble, clusterDouble, pod } from "../cluster-double.ts";

const settings = pull.settings.parse({
  namespace: "shop",
  pod: "book-pull-1",
  image: IMAGE,
  deadlineSeconds: 0.1,
});

const puller = (state: object) => pod("book-pull-1", { ready: false, container: { state } });
const waiting = (reason: string, message?: string) => puller({ waiting: { reason, message } });
const failedPulls = (count: number) => ({
  reason: "Failed",
  message: `Failed to pull image "${IMAGE}": rpc error: ${IMAGE}: not found`,
  count,
  involvedObject: { name: "book-pull-1", uid: "uid-book-pull-1" },
});

describe("pull", () => {
  async function outcome(objects: Partial<ClusterDouble["objects"]>): Promise<Result> {
    const cluster = await clusterDouble(objects);
    try {
      return await awaitPull(settings, testContext(), cluster.api);
    } finally {
      await cluster.close();
    }
  }

  it("is done when the container could not start, as its command does not exist and its image does", async () => {
    for (const state of [
      { terminated: { reason: "StartError", exitCode: 128 } },
      { waiting: { reason: "RunContainerError" } },
    ])
      expect(await outcome({ pods: [puller(state)] })).to.deep.include({
        ok: true,
        summary: `the cluster has ${IMAGE}`,
      });
  });

  it("fails when the image could not be pulled twice, not after the first time", async () => {
    const pods = [waiting("ImagePullBackOff", "Back-off")];
    const once = await outcome({ pods, events: [failedPulls(1)] });
    expect(once.summary).to.match(/0\.1 s have passed and pod book-pull-1 waits for/);
    const twice = await outcome({ pods, events: [failedPulls(2)] });
    expect(twice.summary).to.equal(
      `Cannot go on as pod book-pull-1 cannot pull ${IMAGE} after 2 attempts: not found. No schema was changed for it; mend the image and repeat, or go back`,
    );
  });

  it("fails at once when the cluster will not run the image", async () => {
    const why = "container has runAsNonRoot and image will run as root";
    const { ok, summary } = await outcome({ pods: [waiting("CreateContainerConfigError", why)] });
    expect(ok).to.equal(false);
    expect(summary).to.contain(why);
  });

  it("says what it waits for", async () => {
    expect((await outcome({})).summary).to.match(/there is no pod book-pull-1/);
    expect((await outcome({ pods: [waiting("ContainerCreating")] })).summary).to.match(/waits for/);
  });
});
