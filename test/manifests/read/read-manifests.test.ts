import { expect } from "chai";
import { describeFinding, titleOf } from "../../../manifests/kube-object.ts";
import { readManifests } from "../../../manifests/read/read-manifests.ts";
import {
  readFiles,
  refusalsOf,
  refusalsOfYaml,
  withFiles,
  type Files,
} from "../../support/manifests/written-files.ts";

const map = (name: string, rest = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;

const titles = async (files: Files, path?: string) => {
  const { objects, refusals } = await readFiles(files, path);
  expect(refusals.map(describeFinding)).to.deep.equal([]);
  return objects.map(({ object }) => titleOf(object));
};

const onlyObject = async (text: string) => {
  const { objects, refusals } = await readFiles({ "deploy/app.yaml": text });
  expect(refusals.map(describeFinding)).to.deep.equal([]);
  return objects[0]?.object;
};

describe("reading manifests", () => {
  it("takes a folder's YAML and JSON in the order of the names, and nothing else", async () => {
    expect(
      await titles({
        "deploy/b.yml": map("three"),
        "deploy/a.yaml": `${map("one")}---\n${map("two")}`,
        "deploy/c.json":
          '{\n\t"apiVersion": "v1",\n\t"kind": "ConfigMap",\n\t"metadata": {"name": "four"}\n}',
        "deploy/README.md": "# Not an object",
        "deploy/old.yaml.bak": "not: one",
      }),
    ).to.deep.equal(["ConfigMap/one", "ConfigMap/two", "ConfigMap/three", "ConfigMap/four"]);
  });

  it("takes a single file of any name, also beside the project", async () => {
    expect(await titles({ "out/rendered": map("one") }, "out/rendered")).to.deep.equal(["ConfigMap/one"]);
  });

  it("leaves folders in the folder out, as kubectl does, and says so", async () => {
    const { objects, notes } = await readFiles({
      "deploy/app.yaml": map("one"),
      "deploy/extra/more.yaml": map("two"),
      "deploy/.git/config.yaml": "a: b",
    });
    expect(objects).to.have.length(1);
    expect(notes.map(describeFinding)).to.deep.equal([
      "Folders in deploy are not read, as by `kubectl apply -f`: deploy/extra. Move what belongs to the application one level up",
    ]);
  });

  it("takes lists apart, with each item's own line", async () => {
    const { objects } = await readFiles({
      "deploy/app.yaml": [
        "apiVersion: v1",
        "kind: List",
        "items:",
        "- apiVersion: v1",
        "  kind: ConfigMap",
        "  metadata: {name: one}",
        "- apiVersion: v1",
        "  kind: Secret",
        "  metadata:",
        "    name: two",
        "---",
        "apiVersion: v1",
        "kind: ConfigMapList",
        "items:",
        "- metadata: {name: three}",
      ].join("\n"),
    });
    expect(objects.map(({ object, sourceOf }) => `${titleOf(object)} ${sourceOf([]).line}`)).to.deep.equal([
      "ConfigMap/one 4",
      "Secret/two 7",
      "ConfigMap/three 15",
    ]);
    expect(objects[1]?.sourceOf(["metadata", "name"])).to.deep.equal({ file: "deploy/app.yaml", line: 10 });
  });

  it("skips empty documents and those of comments alone", async () => {
    const text = `# by hand\n---\n---\n# nothing\n---\n${map("one")}...\n---\nnull\n`;
    expect(await titles({ "deploy/app.yaml": text })).to.deep.equal(["ConfigMap/one"]);
  });

  it("takes CRLF, a byte order mark and no line break at the end", async () => {
    const text = `\uFEFF${map("one", "data:\n  text: |\n    x\n    y\n  a: b").replaceAll("\n", "\r\n")}`;
    expect(await onlyObject(text)).to.deep.include({ data: { a: "b", text: "x\ny\n" } });
  });

  it("follows anchors, aliases and merge keys, as written before", async () => {
    const object = await onlyObject(
      map(
        "one",
        [
          "  labels: &labels {app: shop, tier: web}",
          "  annotations:",
          "    <<: *labels",
          "    tier: back",
          "data:",
          "  <<: [{a: '1'}, {a: '2', b: '3'}]",
          "  c: '4'",
        ].join("\n"),
      ),
    );
    expect(object).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "one",
        labels: { app: "shop", tier: "web" },
        annotations: { app: "shop", tier: "back" },
      },
      data: { c: "4", a: "1", b: "3" },
    });
  });

  it("says where a field is, and of one that is missing, what is around it", async () => {
    const { objects } = await readFiles({
      "deploy/app.yaml": "# A comment\n" + map("one", "  labels: {app: x}\ndata:\n  a: b\n"),
    });
    const line = (...path: (string | number)[]) => objects[0]?.sourceOf(path).line;
    expect([line(), line("data"), line("data", "a"), line("data", "nope"), line("nope", 3)]).to.deep.equal([
      2, 7, 8, 7, 2,
    ]);
  });

  it("leaves out what the API server writes, as `kubectl get -o yaml` prints it", async () => {
    const object = await onlyObject(
      [
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata:",
        "  annotations:",
        "    kubectl.kubernetes.io/last-applied-configuration: |",
        "      {}",
        "    mine: x",
        "  creationTimestamp: '2024-01-01T00:00:00Z'",
        "  name: one",
        "  resourceVersion: '12'",
        "  uid: 5d9f",
        "data: {a: b}",
      ].join("\n"),
    );
    expect(object).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "one", annotations: { mine: "x" } },
      data: { a: "b" },
    });
  });

  it("takes an empty field for none, and an empty value of a ConfigMap for empty text", async () => {
    expect(await onlyObject(map("one", "  annotations:\n  labels: ~\ndata:\n  a:\n"))).to.deep.equal({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "one" },
      data: { a: "" },
    });
  });

  it("takes kinds that it does not know as they are", async () => {
    expect(
      await onlyObject(
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: one}\nspec: {any: [1, null]}\n",
      ),
    ).to.deep.include({ spec: { any: [1, null] } });
  });
});

describe("files that cannot be read", () => {
  it("are refused where the path leads to nothing, or to nothing of use", async () => {
    expect(await refusalsOf({}, "deploy")).to.deep.equal([
      "Cannot read the manifests: deploy does not exist. Set zero-downtime:manifests to a file or a folder with the application's objects, relative to the project",
    ]);
    expect(await refusalsOf({ "deploy/notes.md": "x" })).to.deep.equal([
      "deploy has no *.yaml, *.yml or *.json. Put the application's objects there, or set zero-downtime:manifests to where they are",
    ]);
    expect(await refusalsOf({ "deploy/base/app.yaml": map("one") })).to.deep.equal([
      "deploy has no *.yaml, *.yml or *.json. Folders in it are not read: set zero-downtime:manifests to one of deploy/base",
    ]);
    expect(await refusalsOf({ "deploy/app.yaml": "# later\n" })).to.deep.equal([
      "deploy/app.yaml:1: Cannot find an object of Kubernetes in deploy. Put the application's Deployment and Service there",
    ]);
  });

  it("are refused with the command that renders them", async () => {
    expect(
      await refusalsOf({ "deploy/kustomization.yaml": "resources: []", "deploy/app.yaml": map("a") }),
    ).to.deep.equal([
      "deploy/kustomization.yaml:1: This folder is a kustomization, and nothing was rendered. Render it and name what comes out: `kubectl kustomize deploy > deploy-rendered.yaml` (or `kustomize build`), and zero-downtime:manifests: deploy-rendered.yaml",
    ]);
    const chart = {
      "shop/Chart.yaml": "name: shop",
      "shop/templates/app.yaml": "name: {{ .Values.name }}",
    };
    const expected =
      "shop/Chart.yaml:1: This folder is a Helm chart, and nothing was rendered. Render it and name what comes out: `helm template shop shop > shop-rendered.yaml`, and zero-downtime:manifests: shop-rendered.yaml";
    expect(await refusalsOf(chart, "shop")).to.deep.equal([expected]);
    expect(await refusalsOf(chart, "shop/templates")).to.deep.equal([expected]);
  });

  it("are refused once where they are templates, in whatever form", async () => {
    for (const text of [
      map("{{ .Release.Name }}"),
      `{{- if .Values.on }}\n${map("one")}{{- end }}\n`,
      map("one", "data:\n  a: {{ .Values.a }}\n  b: {{ .Values.b }}\n"),
      map("one", "data:\n{{ toYaml .Values.data | indent 2 }}\n") + "---\n" + map("{{ name }}"),
      map("one", '  labels: {a: "{{ .Chart.Name }}"}\n'),
    ]) {
      const refusals = await refusalsOfYaml(text);
      expect(refusals, text).to.have.length(1);
      expect(refusals[0]).to.match(/^deploy\/app\.yaml:\d+: .*template that was not rendered.*helm template/);
    }
  });

  it("may hold what looks like a template where an application reads it", async () => {
    await onlyObject(map("one", "data:\n  page: |\n    {{ .Values.title }} {{- x }}\n"));
  });

  it("are refused with the line of what is no YAML, and what the other documents lack as well", async () => {
    expect(await refusalsOfYaml(`${map("one")}data:\n\ta: b\n`)).to.deep.equal([
      "deploy/app.yaml:6: This cannot be read as YAML: tabs are not allowed as indentation. Indent with spaces",
    ]);
    expect(await refusalsOfYaml(map("one", "data:\n  a: b: c\n") + "---\nkind: Thing\n")).to.deep.equal([
      "deploy/app.yaml:6: This cannot be read as YAML: nested mappings are not allowed in compact mappings. Put the value in quotes, as it has a colon in it",
      "deploy/app.yaml:8: This object has no apiVersion. Write it, or keep files that are no objects out of the folder",
    ]);
    expect(await refusalsOfYaml(map("one", "data: {a: 'x\n"))).to.deep.equal([
      "deploy/app.yaml:6: This cannot be read as YAML: missing closing 'quote. Close what is open there, or put the value in quotes",
    ]);
  });

  it("never show what may be secret", async () => {
    for (const text of [
      'a: "\\hunter2"',
      "a: [hunter2",
      "a: b\nhunter2",
      "]hunter2",
      "a: 'x' hunter2",
      'a: "x" "hunter2"',
      "a: !hunter hunter2",
      "a: !hunter2",
      "a: !hunter2#x {}",
      "a: *hunter2",
      "stringData: {a: *hunter2}",
      "a: |hunter2",
      "a: >hunter2\n  b",
      "a: &hunter2 b: c",
      "a: %hunter2: b",
      "a: @hunter2",
      "stringData: {a: hunter2, a: hunter2}",
      "data: {a: hunter2}",
      "stringData: {a: [hunter2]}",
    ]) {
      const refusals = await refusalsOfYaml(`apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n${text}\n`);
      expect(refusals, text).not.to.deep.equal([]);
      expect(refusals.join("\n"), text).not.to.include("hunter2");
    }
  });

  it("are refused where a key stands twice, with both lines", async () => {
    expect(await refusalsOfYaml(map("one", "data:\n  a: '1'\n  b: '2'\n  a: '3'\n"))).to.deep.equal([
      "deploy/app.yaml:8: The key `a` stands twice in one mapping, first on line 6. Only the last one would count: keep one of them",
    ]);
  });

  it("are refused where an object stands twice", async () => {
    expect(
      await refusalsOf({ "deploy/a.yaml": map("one"), "deploy/b.yaml": `---\n${map("one")}` }),
    ).to.deep.equal([
      "deploy/b.yaml:2: ConfigMap/one stands in the files twice, first in deploy/a.yaml:1. Keep one of them",
    ]);
  });

  it("are refused where a key is read as something else", async () => {
    expect(await refusalsOfYaml(map("one", "data:\n  on: x\n"))).to.deep.equal([
      "deploy/app.yaml:6: The key `on` is read as true. Put it in quotes",
    ]);
    expect(await refusalsOfYaml(map("one", "data:\n  1.10: x\n"))).to.deep.equal([
      "deploy/app.yaml:6: The key `1.10` is read as 1.1. Put it in quotes",
    ]);
  });

  it("are refused where aliases do not end, or would fill the memory", async () => {
    expect(await refusalsOfYaml("a: &a [*a]\n")).to.deep.equal([
      "deploy/app.yaml:1: An alias stands inside what it repeats",
    ]);
    expect(await refusalsOfYaml("a: *nobody\n")).to.deep.equal([
      "deploy/app.yaml:1: This stands for an anchor, and none of its name is before it. Put a text that begins with `*` in quotes",
    ]);
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let index = 1; index < 12; index++)
      bomb.push(`a${index}: &a${index} [${Array.from({ length: 10 }, () => `*a${index - 1}`).join(", ")}]`);
    expect((await refusalsOfYaml(bomb.join("\n")))[0]).to.match(/hold more than 1,000,000 values/);
    expect((await refusalsOfYaml(`a: ${"[".repeat(500)}${"]".repeat(500)}`))[0]).to.match(
      /nested deeper than 200/,
    );
    const endless = "a: " + "[".repeat(3_000);
    expect(await refusalsOfYaml(endless)).to.deep.equal([
      "deploy/app.yaml:1: This cannot be read as YAML: it is nested too deep",
    ]);
  });

  it("are refused where they are not UTF-8", async () => {
    const utf16 = Buffer.from(`\uFEFF${map("one")}`, "utf16le");
    expect(await refusalsOf({ "deploy/app.yaml": utf16 })).to.deep.equal([
      "deploy/app.yaml:1: This file is not UTF-8. Save it as UTF-8; PowerShell's `>` writes UTF-16, `| Out-File -Encoding utf8` does not",
    ]);
  });
});

describe("an object that is left out", () => {
  const wrong = [
    "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: old}\nspec: {replicas: 1, replicas: 2}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old}\ndta: {}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old}\n",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: old}\nspec: {most: 9223372036854775807}\n",
  ];

  it("may be as wrong as it is, as long as it can be told what it is", async () => {
    const files = { "deploy/app.yaml": wrong.join("---\n") };
    expect(await refusalsOf(files)).to.deep.equal([
      "deploy/app.yaml:1: Deployment/old: apiVersion extensions/v1beta1 has no such kind. Write apiVersion: apps/v1",
      "deploy/app.yaml:4: The key `replicas` stands twice in one mapping, first on line 4. Only the last one would count: keep one of them",
      "deploy/app.yaml:9: ConfigMap/old: dta is no field that Kubernetes knows. Did you mean data?",
      "deploy/app.yaml:11: ConfigMap/old stands in the files twice, first in deploy/app.yaml:6. Keep one of them",
      "deploy/app.yaml:18: This is no number that can be read, as it is too large to be kept exactly. Put it in quotes where it is meant as text",
    ]);
    const ignore = ["Deployment/old", "ConfigMap/old", "Thing/old"];
    const { objects, refusals } = await withFiles(files, (project) =>
      readManifests("deploy", { project, ignore }),
    );
    expect([objects.length, refusals.map(describeFinding)]).to.deep.equal([4, []]);
  });
});

describe("an object that Kubernetes would not take", () => {
  it("is refused without apiVersion, kind or name", async () => {
    expect(await refusalsOfYaml("kind: Service\nmetadata: {name: x}")).to.deep.equal([
      "deploy/app.yaml:1: This object has no apiVersion. Write it, or keep files that are no objects out of the folder",
    ]);
    expect(await refusalsOfYaml("\napiVersion: v1\nmetadata: {name: x}")).to.deep.equal([
      "deploy/app.yaml:2: This object has no kind. Write it, or keep files that are no objects out of the folder",
    ]);
    expect(await refusalsOfYaml("apiVersion: v1\nkind: Secret\nmetadata:\n  labels: {}")).to.deep.equal([
      "deploy/app.yaml:3: This Secret has no metadata.name. Write its name",
    ]);
    expect(
      await refusalsOfYaml("apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: x-}"),
    ).to.deep.equal([
      "deploy/app.yaml:3: This Job has no metadata.name. Write its name in place of generateName",
    ]);
    expect(await refusalsOfYaml("apiVersion: v1\nkind: Secret\nmetadata: {name: 12}")).to.deep.equal([
      "deploy/app.yaml:3: The name of this Secret must be text. Put it in quotes",
    ]);
  });

  it("is refused with what the file probably is", async () => {
    expect((await refusalsOfYaml("services:\n  web: {image: x}\n"))[0]).to.include("Docker Compose");
    expect((await refusalsOf({ "deploy/values.yaml": "image: x\n" }))[0]).to.include("values of a chart");
    expect((await refusalsOfYaml("WARNING: the chart is deprecated\n"))[0]).to.include("no apiVersion");
    expect((await refusalsOfYaml(`walk.go:75: found symbolic link\n---\n${map("one")}`))[0]).to.match(
      /app\.yaml:1: (This is a text|This object has no apiVersion)/,
    );
  });

  it("is refused where its apiVersion has no such kind, with the right one", async () => {
    const refusal = async (apiVersion: string, kind: string) =>
      (await refusalsOfYaml(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}`))[0];
    expect(await refusal("extensions/v1beta1", "Deployment")).to.equal(
      "deploy/app.yaml:1: Deployment/x: apiVersion extensions/v1beta1 has no such kind. Write apiVersion: apps/v1",
    );
    expect(await refusal("apps/v1", "Service")).to.include("Write apiVersion: v1");
    expect(await refusal("autoscaling/v2beta2", "HorizontalPodAutoscaler")).to.include("autoscaling/v2");
    expect(await refusal("apps/v1", "Deploymnet")).to.equal(
      "deploy/app.yaml:2: Deploymnet/x: kind Deploymnet is no kind of Kubernetes in apps/v1. Did you mean Deployment?",
    );
  });

  it("is refused with a name that is no DNS name", async () => {
    expect(await refusalsOfYaml(map("My_Config"))).to.deep.equal([
      "deploy/app.yaml:4: ConfigMap/My_Config: metadata.name is no name that Kubernetes takes: lower-case letters, digits, dashes and dots. Give it another name",
    ]);
    expect((await refusalsOfYaml(map("${APP}-config")))[0]).to.include(
      "a placeholder that was not filled in",
    );
    expect((await refusalsOfYaml("apiVersion: v1\nkind: Service\nmetadata: {name: shop.web}"))[0]).to.include(
      "beginning with a letter",
    );
    await onlyObject("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: 'shop:reader'}");
  });

  it("is refused where a ConfigMap or Secret is too large, or has keys that are no names of files", async () => {
    expect((await refusalsOfYaml(map("one", `data:\n  a: ${"x".repeat(1024 * 1024 + 1)}\n`)))[0]).to.include(
      "ConfigMap/one: data holds 1,025 KiB, and at most 1,024 are possible",
    );
    expect((await refusalsOfYaml(map("one", "data:\n  conf.d/a: x\n")))[0]).to.include(
      'ConfigMap/one: data["conf.d/a"] is no key that Kubernetes takes',
    );
  });
});
