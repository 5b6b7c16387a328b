// A double of the world that a plan acts on: pods, traffic, logins and schema, with the rules that
// no step may break.
import { expect } from "chai";
import { provesLogin, sharesLogin } from "../../release/database/logins.ts";
import type { Dropping } from "../../release/moves/point-of-no-return.ts";
import type { StagePlan } from "../../release/plan.ts";
import { activeSlot, isMoving, pendingMigrations, type Colour, type Release } from "../../release/release.ts";
import type { Step } from "../../release/step.ts";
import type { Direction } from "../../release/steps.ts";
import { WORKLOADS, workloadOf, type Weights, type Workload } from "../../release/workload.ts";

interface Pods {
  readonly image: string;
  readonly colour: Colour;
  readonly isReady: boolean;
}

export class World {
  readonly pods = new Map<Workload, Pods>();
  /** What carries the schema of which form: both forms exist from expanded to contracted. */
  readonly forms = new Set<string | null>();
  weights: Weights = {};
  /** Contract is marked as begun, by the release to this colour. */
  dropping: Dropping | null = null;
  /**
   * A guard may give all traffic back to its release's active colour until its pod has
   * been seen gone.
   */
  guard: { readonly state: "watching" | "ending"; readonly back: Colour } | null = null;
  readonly #pulled = new Set<string>();
  /** Images that have been seen with their colour's login, while the workload has pods. */
  readonly #loggedIn: { readonly workload: Workload; readonly image: string }[] = [];
  /** Colours of which this attempt has seen no pod left. */
  readonly #gone = new Set<Colour>();
  #isProven = false;
  #isReturn = false;

  /**
   * Runs the first `count` steps, as an `up` that fails after them would; all of them also deletes
   * what no step kept.
   *
   * @param isReturn the completed stage is returned to from another that did not finish
   * @param hasDropped a contract that fails has begun to drop
   * @returns whether the stage is complete
   */
  attempt(release: Release, plan: StagePlan, count: number, isReturn = false, hasDropped = false): boolean {
    this.#isProven = false;
    this.#gone.clear();
    this.#isReturn = isReturn;
    for (const step of plan.steps.slice(0, count)) {
      if (this.#isRefusedByJob(step)) return false;
      this.#act(release, plan.direction, step);
      this.#check(release, step);
    }
    const failed = plan.steps[count];
    if (hasDropped && failed?.do === "schema" && failed.goal === "contracted") this.forms.delete(failed.from);
    if (count < plan.steps.length) return false;
    this.#deleteWhatNoStepNames(plan);
    return true;
  }

  /**
   * An expansion is not taken back while the idle colour's login has connections, and contract does
   * not begin: the Job waits for their end, and fails; where its login cannot tell, a check waits
   * for its pods. A way back that failed may have started them. Contract is not given up once it
   * has dropped anything.
   */
  #isRefusedByJob(step: Step): boolean {
    const has = (colour: Colour | null) => [...this.pods.values()].some((pods) => pods.colour === colour);
    if (step.do === "gone") return has(step.slot.colour);
    if (step.do !== "schema") return false;
    if (step.goal === "undropped") return !this.forms.has(step.from);
    const drops = step.goal === "contractible" || (step.goal === "base" && this.forms.size > 1);
    if (!drops) return false;
    if (step.vacate === null) return true;
    if (step.vacatedBy === "login") return has(step.vacate);
    expect(this.#gone, `colours seen gone before ${step.goal}`).to.include(step.vacate);
    return false;
  }

  /**
   * Another writer, a hand or a guard, gives all traffic to some ready workload behind
   * the entrance.
   */
  meddle(choice: number): void {
    const able = Object.keys(this.weights).filter((name) => this.pods.get(name as Workload)?.isReady);
    const chosen = able[choice % Math.max(able.length, 1)];
    if (chosen)
      this.weights = Object.fromEntries(
        Object.keys(this.weights).map((name) => [name, name === chosen ? 100 : 0]),
      );
  }

  #act(release: Release, direction: Direction, step: Step): void {
    switch (step.do) {
      case "run": {
        const known = this.pods.get(step.workload);
        // A rolling replacement never goes below full strength; a new Deployment begins with no
        // ready pod.
        const isReady =
          known !== undefined &&
          (known.image === step.slot.image || step.workload === "rolling") &&
          known.isReady;
        this.pods.set(step.workload, { image: step.slot.image, colour: step.slot.colour, isReady });
        return;
      }
      case "park":
        expect(this.weights[step.workload] ?? 0, `park ${step.workload}`).to.equal(0);
        expect(this.#isProven, `proof of this attempt before parking ${step.workload}`).to.equal(true);
        expect(this.guard?.back, "where a guard may give traffic back to").to.not.equal(step.workload);
        this.#end(step.workload);
        return;
      case "ready": {
        const pods = this.pods.get(step.workload);
        if (!pods) throw new Error(`Cannot become ready as ${step.workload} has no pods`);
        expect(pods.image).to.equal(step.slot.image);
        this.pods.set(step.workload, { ...pods, isReady: true });
        return;
      }
      case "pull":
        this.#pulled.add(step.slot.image);
        return;
      case "gone":
        expect([...this.pods.values()].map(({ colour }) => colour)).to.not.include(step.slot.colour);
        this.#gone.add(step.slot.colour);
        return;
      case "logged-in":
        expect(provesLogin(release, step.slot), "a login that is asked for").to.equal(true);
        expect(this.pods.get(step.workload)?.isReady, `${step.do} ${step.workload}`).to.equal(true);
        this.#loggedIn.push({ workload: step.workload, image: step.slot.image });
        return;
      case "smoke":
      case "warm-up":
        expect(this.pods.get(step.workload)?.isReady, `${step.do} ${step.workload}`).to.equal(true);
        return;
      case "traffic":
        this.#expectKnown(step.weights);
        this.#expectLoggedIn(release, step.weights);
        this.weights = step.weights;
        // Repeated, a stage puts the traffic right first: whoever has moved it may have left it
        // where nobody answers.
        if (this.#isWatchedFrom(release, direction))
          expect(this.guard?.state, `guard while both may serve in ${release.phase}`).to.equal("watching");
        return;
      case "verdict":
        return;
      case "guard":
        this.guard = { state: "watching", back: step.from.colour };
        return;
      case "stop-guard":
        this.guard = this.guard && { ...this.guard, state: "ending" };
        return;
      case "guard-stopped":
        this.guard = null;
        return;
      case "probe":
        expect(step.colours.length).to.equal(
          Object.values(this.weights).filter((weight) => weight > 0).length,
        );
        this.#isProven = true;
        return;
      case "begin-dropping":
        this.dropping = { isDropping: true, to: activeSlot(release).colour };
        return;
      case "give-up-contract":
        expect([...this.forms], "both forms once contract is given up").to.include(release.from.schema);
        this.dropping = null;
        return;
      case "schema":
        this.#changeSchema(release, step);
    }
  }

  /** Whether a guard has to watch before the stage's traffic is written. */
  #isWatchedFrom({ phase }: Release, direction: Direction): boolean {
    // By name, as the table of phases is what is under test.
    if (phase === "switch") return direction === "forward" && !this.#isReturn;
    return phase === "canary";
  }

  /**
   * An entrance that meets a workload for the first time has none of its pods at hand,
   * and loses requests.
   */
  #expectKnown(next: Weights): void {
    const isFirst = Object.keys(this.weights).length === 0;
    for (const [workload, weight] of Object.entries(next))
      if (!isFirst && weight > 0)
        expect(this.weights, "workloads behind the entrance").to.have.property(workload);
  }

  /**
   * No candidate gets traffic before it was seen with its colour's login, where it has one. Pods
   * that are replaced one by one get it by being ready, and are seen before the stage goes on.
   */
  #expectLoggedIn(release: Release, weights: Weights): void {
    const { to } = release;
    if (!to || !isMoving(release) || !provesLogin(release, to)) return;
    const workload = workloadOf(release, to);
    const pods = this.pods.get(workload);
    if ((weights[workload] ?? 0) > 0 && pods?.colour === to.colour)
      expect(this.#loggedIn, `logins seen in ${release.phase}`).to.deep.include({
        workload,
        image: to.image,
      });
  }

  #changeSchema(release: Release, step: Step & { readonly do: "schema" }): void {
    const colours = () => [...this.pods.values()].map((pods) => pods.colour);
    if (step.writers !== null) expect(sharesLogin(release), "writers told by a login").to.equal(false);
    if (step.vacate && step.goal !== "base")
      expect(colours(), `${step.goal} before ${step.vacate} is gone`).to.not.include(step.vacate);
    if (step.goal === "expanded") expect([...this.#pulled]).to.include(release.to?.image);
    if (step.goal === "base" && this.forms.size === 0)
      expect([...this.#pulled]).to.include(release.from.image);
    if (step.goal === "base") {
      // Undo or contract: nothing may run that needs another schema.
      for (const colour of colours()) {
        const slot = [release.from, release.to].find((one) => one?.colour === colour);
        expect(slot?.schema, "schema of what runs").to.equal(step.to);
      }
      this.forms.clear();
      this.forms.add(step.to);
    }
    if (step.goal === "expanded" || step.goal === "filled")
      for (const form of [step.from, step.to]) this.forms.add(form);
    if (step.goal === "contracted") {
      expect(this.dropping?.isDropping).to.equal(true);
      expect(pendingMigrations(release)).to.not.deep.equal([]);
      for (const pods of this.pods.values())
        expect(pods.colour, "old-schema colour while contracting").to.equal(release.to?.colour);
      this.forms.delete(step.from);
    }
  }

  #check(release: Release, step: Step): void {
    for (const workload of WORKLOADS) {
      if ((this.weights[workload] ?? 0) === 0 && this.guard?.back !== workload) continue;
      const pods = this.pods.get(workload);
      expect(pods?.isReady, `ready pods behind ${workload}, after ${step.do} in ${release.phase}`).to.equal(
        true,
      );
      const slot = [release.from, release.to].find((one) => one?.colour === pods?.colour);
      expect([...this.forms], `schema for ${workload}, after ${step.do}`).to.include(slot?.schema);
    }
  }

  #deleteWhatNoStepNames(plan: StagePlan): void {
    if (!plan.steps.some((step) => step.do === "guard")) this.guard = null;
    const kept = new Set(
      plan.steps.flatMap((step) => ("workload" in step && step.do !== "gone" ? [step.workload] : [])),
    );
    for (const workload of [...this.pods.keys()]) {
      if (kept.has(workload)) continue;
      expect(this.weights[workload] ?? 0, `delete ${workload}`).to.equal(0);
      expect(this.#isProven, `proof before ${workload} is deleted`).to.equal(true);
      this.#end(workload);
    }
  }

  #end(workload: Workload): void {
    this.pods.delete(workload);
    const kept = this.#loggedIn.filter((one) => one.workload !== workload);
    this.#loggedIn.splice(0, this.#loggedIn.length, ...kept);
  }
}
