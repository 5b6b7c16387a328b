import { expect } from "chai";
import { rightFindings, rulesReview } from "../../../components/preflight/rights.ts";

const rules = (...resourceRules: object[]) => rulesReview.parse({ status: { resourceRules } });
const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
const service = { group: "", resource: "services", name: "shop" };
const texts = (of: ReturnType<typeof rules>) => rightFindings(of, [service], "shop").map(({ text }) => text);

describe("the rights of the kubeconfig's login", () => {
  it("are enough where a rule names each verb, one by one or all at once", () => {
    expect(texts(rules(all))).to.deep.equal([]);
    const some = (...verbs: string[]) => ({ verbs, apiGroups: [""], resources: ["services", "pods"] });
    expect(texts(rules(some("get", "create"), some("patch", "delete", "list")))).to.deep.equal([]);
    expect(texts(rules(some("get", "create")))).to.have.length(1);
  });

  it("are those of the kind's group, and of the object's name where a rule is about names", () => {
    expect(texts(rules({ ...all, apiGroups: ["apps"] }))).to.have.length(1);
    expect(texts(rules({ ...all, resourceNames: ["other"] }))).to.have.length(1);
    expect(texts(rules({ ...all, resourceNames: ["shop"] }))).to.deep.equal([]);
  });

  it("are not judged where the API server cannot name them all", () => {
    expect(texts(rulesReview.parse({ status: { incomplete: true, resourceRules: [] } }))).to.deep.equal([]);
  });
});
