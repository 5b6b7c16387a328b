import * as fs from "node:fs";
import * as path from "node:path";
import { command, succeeds } from "../machine/command.ts";
import { findProgram } from "../build/install.ts";
import { buildImage } from "../build/images.ts";
import type { Context, Part } from "../component.ts";
import { debian, node, programIn } from "../build/toolchain.ts";
import { registryAddress } from "./registry.ts";

/** Changes when what goes into the images does. */
const REVISION = 1;

/** The file in the cache that holds their digests. */
export const imagesRecord = `images-${node.version}-${REVISION}.json`;

/**
 * The two images that nothing here can pull: the one that holds a pod, and Node as a base
 * for applications.
 */
export const baseImages: Part = {
  name: "images",
  needs: [debian.buildah, debian.busybox, debian.certificates, node],
  start: async (context) => {
    if ((await baseImages.ready(context)) === undefined) return;
    await context.report.step("Building the base images (pod sandbox, Node)", async () => {
      const pause = await inScratch(context, "pause", layOutPause);
      const image = await inScratch(context, "node", (folder) => layOutNode(context, folder));
      fs.writeFileSync(recordFile(context), JSON.stringify({ pause, node: image }));
    });
  },
  ready: async (context) => {
    const images = recorded(context);
    if (images === undefined) return "not built yet";
    for (const image of [images.pause, images.node]) {
      if (!(await isInRegistry(image))) return `${image} is not in the registry`;
    }
    return undefined;
  },
  stop: async () => undefined,
  address: (context) => recorded(context)?.node ?? "",
};

/** The base image with Node, by digest. */
export function nodeImage(context: Context): string {
  const images = recorded(context);
  if (images === undefined)
    throw new Error("Cannot name the Node image as it is not built yet. Type: npm run local -- up");
  return images.node;
}

interface Images {
  readonly pause: string;
  readonly node: string;
}

function recordFile(context: Context): string {
  return path.join(context.folders.cache, imagesRecord);
}

function recorded(context: Context): Images | undefined {
  const file = recordFile(context);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Images) : undefined;
}

async function isInRegistry(image: string): Promise<boolean> {
  const [name = "", digest = ""] = image.replace(`${registryAddress}/`, "").split("@");
  const response = await fetch(`http://${registryAddress}/v2/${name}/manifests/${digest}`, {
    method: "HEAD",
    headers: {
      accept:
        "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
    },
  }).catch(() => undefined);
  return response?.ok === true;
}

async function inScratch(
  context: Context,
  name: string,
  layOut: (folder: string) => Promise<string> | string,
): Promise<string> {
  const folder = path.join(context.folders.run, `image-${name}`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(path.join(folder, "rootfs"), { recursive: true });
  try {
    fs.writeFileSync(path.join(folder, "Dockerfile"), await layOut(path.join(folder, "rootfs")));
    return await buildImage({
      context: folder,
      tag: `${name}:${name === "pause" ? "1" : node.version}`,
      cache: context.folders.cache,
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function layOutPause(root: string): Promise<string> {
  copyInto(root, busybox(), "busybox");
  for (const library of await librariesOf(busybox())) copyInto(root, library, library);
  return 'FROM scratch\nCOPY rootfs/ /\nENTRYPOINT ["/busybox", "sleep", "2147483647"]\n';
}

/**
 * Node, the libraries it names, certificates, an unprivileged user and a small shell, so that RUN
 * steps work.
 */
async function layOutNode(context: Context, root: string): Promise<string> {
  const binary = programIn(context.folders, node);
  copyInto(root, binary, "usr/local/bin/node");
  copyInto(root, busybox(), "bin/busybox");
  const libraries = [...(await librariesOf(binary)), ...(await librariesOf(busybox()))];
  for (const library of libraries) copyInto(root, library, library);
  copyInto(root, "/etc/ssl/certs/ca-certificates.crt", "etc/ssl/certs/ca-certificates.crt");
  const applets = (await command(busybox(), ["--list"]))
    .split("\n")
    .filter((name) => name !== "" && name !== "busybox");
  for (const applet of applets) fs.symlinkSync("busybox", path.join(root, "bin", applet));
  fs.writeFileSync(
    path.join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh\n",
  );
  fs.writeFileSync(path.join(root, "etc/group"), "root:x:0:\nnonroot:x:65532:\n");
  fs.writeFileSync(path.join(root, "etc/nsswitch.conf"), "hosts: files dns\n");
  for (const folder of ["root", "proc", "sys", "dev", "home/nonroot"])
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  fs.mkdirSync(path.join(root, "tmp"));
  fs.chmodSync(path.join(root, "tmp"), 0o1777);
  return [
    "FROM scratch",
    "COPY rootfs/ /",
    "ENV PATH=/usr/local/bin:/bin NODE_VERSION=" + node.version,
    'CMD ["node"]',
    "",
  ].join("\n");
}

function copyInto(root: string, from: string, to: string): void {
  const target = path.join(root, to);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.copyFileSync(fs.realpathSync(from), target);
  fs.chmodSync(target, 0o755);
}

/**
 * The files named by `ldd`, and those that glibc loads by name to resolve hosts where it does not
 * hold them itself.
 */
async function librariesOf(binary: string): Promise<string[]> {
  // A static program, such as Debian's busybox-static, has none, which ldd counts as a failure.
  if (!(await succeeds("ldd", [binary]))) return [];
  const named = parseLdd(await command("ldd", [binary]));
  const folder = path.dirname(
    named.find((file) => file.includes("libc.so")) ?? "/lib/x86_64-linux-gnu/libc.so.6",
  );
  const byName = ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"].map((name) =>
    path.join(folder, name),
  );
  return [...named, ...byName.filter((file) => fs.existsSync(file))];
}

/** The absolute paths in the output of `ldd`. */
export function parseLdd(text: string): string[] {
  return [...text.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((match) => match[1] ?? "");
}

function busybox(): string {
  const file = findProgram("busybox");
  if (file === undefined)
    throw new Error("Cannot build images as busybox is missing. Type: apt-get install busybox-static");
  return file;
}
