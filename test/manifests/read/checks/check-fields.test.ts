import { expect } from "chai";
import { refusalsOfYaml } from "../../../support/manifests/written-files.ts";

/** A Deployment whose parts may be replaced; the pod's parts begin on line 11. */
const deployment = (pod: string) =>
  [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata: {name: shop}",
    "spec:",
    "  selector: {matchLabels: {app: shop}}",
    "  template:",
    "    metadata: {labels: {app: shop}}",
    "    spec:",
    "      containers:",
    "      - name: shop",
    ...pod.split("\n").map((line) => `        ${line}`),
    "",
  ].join("\n");

const refusal = async (pod: string) => {
  const refusals = await refusalsOfYaml(deployment(pod));
  expect(refusals).to.have.length(1);
  return refusals[0]?.replace("Deployment/shop: spec.template.spec.containers[0]", "…");
};

describe("fields of an object", () => {
  it("that nobody knows are refused with the nearest that somebody does", async () => {
    expect(await refusal("image: shop\nreadynessProbe: {}")).to.equal(
      "deploy/app.yaml:12: ….readynessProbe is no field that Kubernetes knows. Did you mean readinessProbe?",
    );
    expect(await refusal("Image: shop")).to.include("Did you mean image?");
    expect(await refusal("env:\n- {name: A, vlaue: x}")).to.include("….env[0].vlaue");
    expect(await refusal("flavour: sweet")).to.equal(
      "deploy/app.yaml:11: ….flavour is no field that Kubernetes knows. Remove it",
    );
  });

  it("that belong a level up or down are refused with where", async () => {
    expect(await refusal("replicas: 2")).to.include("It belongs to spec.replicas: check the indentation");
    expect(await refusal("volumes: []")).to.include("It belongs to spec.template.spec.volumes");
    expect(await refusal("httpGet: {port: 80}")).to.match(/It belongs to .*\.httpGet: check the indentation/);
  });

  it("of other types are refused, without what they hold", async () => {
    expect(await refusal("env:\n- name: A\n  value: 1")).to.equal(
      "deploy/app.yaml:13: ….env[0].value must be text, and is a number. Put it in quotes",
    );
    expect(await refusal("env:\n- name: A\n  value: yes")).to.equal(
      "deploy/app.yaml:13: ….env[0].value must be text, and is a boolean (as `yes`, `on` and `true` are without quotes). Put it in quotes",
    );
    expect(await refusal('ports:\n- containerPort: "80"')).to.equal(
      "deploy/app.yaml:12: ….ports[0].containerPort must be a whole number, and is text. Write it without quotes",
    );
    expect(await refusal('tty: "yes"')).to.include("must be true or false, and is text");
    expect(await refusal("args: --port=80")).to.include("….args must be a list, and is text");
    expect(await refusal("args: [--port, 80]")).to.include("….args[1] must be text, and is a number");
    expect(await refusal("env: {A: x}")).to.include("….env must be a list, and is a mapping");
    expect(await refusal("resources: [cpu]")).to.include("….resources must be a mapping, and is a list");
    expect(await refusal("livenessProbe: {httpGet: {port: 1.5}}")).to.include("text or a whole number");
    expect(await refusal("env:\n- {name: A}\n-")).to.include("….env[1] is an empty entry");
  });

  it("may be numbers where they are amounts, which are checked too", async () => {
    expect(
      await refusalsOfYaml(deployment("resources: {requests: {cpu: 1, memory: 128Mi}, limits: {cpu: 0.5}}")),
    ).to.deep.equal([]);
    expect(await refusal("resources:\n  limits:\n    memory: 256MB")).to.equal(
      "deploy/app.yaml:13: ….resources.limits.memory must be an amount as Kubernetes writes it. Write it like `250m`, `0.5`, `128Mi` or `1Gi`",
    );
  });

  it("that are needed are missed", async () => {
    expect(await refusal("env:\n- value: x")).to.equal(
      "deploy/app.yaml:12: ….env[0].name is missing. Write `name`",
    );
    expect(
      await refusalsOfYaml(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  template: {}\n",
      ),
    ).to.deep.equal(["deploy/app.yaml:4: Deployment/shop: spec.selector is missing. Write `selector`"]);
  });

  it("with a few possible words are refused in another spelling", async () => {
    expect(await refusal("imagePullPolicy: always")).to.equal(
      "deploy/app.yaml:11: ….imagePullPolicy must be one of Always, IfNotPresent, Never. Did you mean Always?",
    );
    expect(await refusal("ports: [{containerPort: 80, protocol: tcp}]")).to.include("Did you mean TCP?");
  });

  it("with names and labels are refused in a form that the API server does not take", async () => {
    expect(await refusal("ports: [{name: http-of-management, containerPort: 80}]")).to.equal(
      "deploy/app.yaml:11: ….ports[0].name must be 1 to 15 lower-case letters, digits and dashes, with a letter. Write it so",
    );
    expect(await refusal("env: [{name: A=B}]")).to.include("must be without an equals sign");
    const labelled = (value: string) =>
      refusalsOfYaml(
        `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  labels:\n    version: "${value}"\n`,
      );
    expect(await labelled("1.0+build")).to.deep.equal([
      "deploy/app.yaml:6: ConfigMap/x: metadata.labels.version must be at most 63 letters, digits, dashes, underscores and dots, with a letter or digit at both ends. Write it so",
    ]);
    expect(await labelled("")).to.deep.equal([]);
    expect(await labelled("1.0_build")).to.deep.equal([]);
  });

  it("of a list that stand for the same are refused, as server-side apply does", async () => {
    expect(await refusal("env:\n- {name: A, value: x}\n- {name: B}\n- {name: A, value: z}")).to.equal(
      "deploy/app.yaml:14: ….env[2] has the same name (A) as spec.template.spec.containers[0].env[0]. Keep one of them: server-side apply refuses both",
    );
    expect(await refusal("ports: [{name: a, containerPort: 80}, {name: b, containerPort: 80}]")).to.include(
      "has the same containerPort and protocol (80/TCP)",
    );
    expect(
      await refusalsOfYaml(deployment("ports: [{containerPort: 80}, {containerPort: 80, protocol: UDP}]")),
    ).to.deep.equal([]);
  });

  it("of metadata are checked in every known kind", async () => {
    expect(
      await refusalsOfYaml(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n  labels:\n    version: 1.0\n  annotations:\n    prometheus.io/scrape: true\n",
      ),
    ).to.deep.equal([
      "deploy/app.yaml:6: Service/shop: metadata.labels.version must be text, and is a number. Put it in quotes",
      'deploy/app.yaml:8: Service/shop: metadata.annotations["prometheus.io/scrape"] must be text, and is a boolean (as `yes`, `on` and `true` are without quotes). Put it in quotes',
    ]);
  });

  it("of a Secret hold base64 in data, and text in stringData", async () => {
    const secret = (rest: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n${rest}\n`;
    expect(await refusalsOfYaml(secret("data: {a: aGVsbG8=}\nstringData: {b: 'any: text'}"))).to.deep.equal(
      [],
    );
    expect(await refusalsOfYaml(secret("data:\n  a: a b"))).to.deep.equal([
      "deploy/app.yaml:5: Secret/x: data.a must be text in base64. Write `stringData` in place of `data` where the text is meant as it stands",
    ]);
  });

  it("of an HTTPRoute are known as well", async () => {
    const route = (rule: string) =>
      `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: shop}\nspec:\n  rules:\n  - ${rule}\n`;
    expect(
      await refusalsOfYaml(
        route(
          "{matches: [{path: {type: PathPrefix, value: /}}], timeouts: {request: 5s}, backendRefs: [{name: shop, port: 80, weight: 1}]}",
        ),
      ),
    ).to.deep.equal([]);
    expect(await refusalsOfYaml(route("{backends: [{name: shop, port: 80}]}"))).to.deep.equal([
      "deploy/app.yaml:6: HTTPRoute/shop: spec.rules[0].backends is no field that Kubernetes knows. Remove it",
    ]);
    expect((await refusalsOfYaml(route("{backendRefs: [{name: shop, port: http}]}")))[0]).to.include(
      "spec.rules[0].backendRefs[0].port must be a whole number, and is text",
    );
  });
});
