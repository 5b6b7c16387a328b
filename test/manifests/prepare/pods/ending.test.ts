import { expect } from "chai";
import { added, containerOf, podOf, prepare, told } from "../shop.ts";

const sleep = (seconds: number) => ({ preStop: { sleep: { seconds } } });
const graceOf = (files: object, needs = {}) => podOf(prepare(files, needs))["terminationGracePeriodSeconds"];

describe("the end of a pod", () => {
  it("begins with a wait in every container that has none, but not in those that are over or end last", () => {
    const version = prepare({
      initContainers: [
        { name: "migrate-check", image: "a" },
        { name: "mesh", image: "a", restartPolicy: "Always" },
      ],
      sidecars: [
        { name: "logs", image: "a" },
        { name: "other", image: "a", lifecycle: { postStart: { exec: { command: ["x"] } } } },
      ],
    });
    expect(containerOf(version).lifecycle).to.deep.equal(sleep(5));
    expect(containerOf(version, "logs").lifecycle).to.deep.equal(sleep(5));
    expect(containerOf(version, "other").lifecycle).to.deep.equal({
      postStart: { exec: { command: ["x"] } },
      ...sleep(5),
    });
    for (const name of ["migrate-check", "mesh"])
      expect(containerOf(version, name)).to.not.have.property("lifecycle");
  });

  it("stays as the files have it where they say what happens first", () => {
    const preStop = { httpGet: { path: "/drain", port: 3000 } };
    const version = prepare({ container: { lifecycle: { preStop } } });
    expect(containerOf(version).lifecycle).to.deep.equal({ preStop });
    expect(podOf(version)).to.not.have.property("terminationGracePeriodSeconds");
    expect(added(version).join()).to.not.match(/preStop|grace/);
  });

  it("has as much time after the wait as it would have had without", () => {
    expect(graceOf({})).to.equal(35);
    expect(graceOf({ pod: { terminationGracePeriodSeconds: 60 } })).to.equal(65);
    expect(graceOf({}, { longestRequestSeconds: 120 })).to.equal(125);
    expect(graceOf({ container: { lifecycle: sleep(20) } })).to.equal(50);
    const own = { container: { lifecycle: sleep(20) }, pod: { terminationGracePeriodSeconds: 40 } };
    expect(graceOf(own)).to.equal(40);
    expect(added(prepare({ pod: { terminationGracePeriodSeconds: 60 } }))).to.include(
      "grace period 65 s in place of 60 s",
    );
  });

  it("has no wait where config asks for none", () => {
    const version = prepare({}, { preStopSeconds: 0 });
    expect(containerOf(version)).to.not.have.property("lifecycle");
    expect(podOf(version)).to.not.have.property("terminationGracePeriodSeconds");
  });

  it("is refused where a pod would be killed in its wait, by whichever way it waits", () => {
    const exec = (...command: string[]) => ({ lifecycle: { preStop: { exec: { command } } } });
    const pod = { terminationGracePeriodSeconds: 10 };
    for (const container of [
      { lifecycle: sleep(10) },
      exec("sleep", "15"),
      exec("sh", "-c", "sleep 30 && nginx -s quit"),
    ])
      expect(told(prepare({ container, pod }).refusals).join("\n")).to.match(
        /^spec\.template\.spec\.containers\.0\.lifecycle\.preStop: Deployment\/shop has container web wait \d+ s before its end, and the grace period of 10 s is over by then/,
      );
    expect(prepare({ container: exec("sleep", "5"), pod }).refusals).to.deep.equal([]);
  });

  it("is refused where it has no time at all", () => {
    const { refusals } = prepare({ pod: { terminationGracePeriodSeconds: 0 } });
    expect(told(refusals)).to.have.length(1);
    expect(told(refusals).join()).to.match(/gives a pod no time to end/);
  });
});
