import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { askAnswers } from "../init/ask-answers.ts";
import { askAboutManifests, type ManifestsAnswers } from "../init/ask-manifests.ts";
import { folderWithDeployment } from "../init/folder-hint.ts";
import { manifestsChoice, type ManifestsFlags } from "../init/manifests-choice.ts";
import { objectLines, objectWords } from "../init/object-words.ts";
import { QUESTIONS } from "../init/init-questions.ts";
import { configKey } from "../../protocol/names.ts";
import { migrationsIn } from "../stack/context.ts";
import type { Surroundings } from "../stages/enter-stage.ts";
import { initialConfig } from "../init/initial-config.ts";
import {
  lastLine,
  projectFolder,
  pulumi,
  shortName,
  type GlobalOptions,
  type Project,
} from "../stack/project.ts";
import { asker } from "../terminal/questions.ts";
import { Trouble } from "../cli-error.ts";

/** With the answers that flags give, by the names of the questions in camel case. */
export type InitOptions = GlobalOptions &
  ManifestsFlags & { readonly yes?: boolean } & Readonly<Record<string, unknown>>;

/** Source of the administrator's password where nobody can be asked: never the command line. */
const ADMIN_PASSWORD = "ZD_DATABASE_ADMIN_PASSWORD";

/**
 * `zd init`: makes a stack for the user's own application, with a working config and its own
 * passwords.
 */
export async function init(options: InitOptions, { say }: Pick<Surroundings, "say">): Promise<void> {
  const asking = asker(flagsIn(options), options.yes === true || !process.stdin.isTTY);
  try {
    const folder = projectFolder();
    const stack =
      options.stack ??
      (await asking.ask({ flag: "stack", text: "Name of the stack", fallback: "production" }));
    const project: Project = {
      folder,
      stack,
      configFile: options.configFile ?? join(folder, `Pulumi.${shortName(stack)}.yaml`),
    };
    if (existsSync(project.configFile)) {
      throw new Trouble(
        "refused",
        `Cannot write ${project.configFile} as it is there already. Nothing was written.`,
        `zd status --stack ${stack} shows where it stands.`,
      );
    }
    const choice = manifestsChoice(options, folder);
    if (!choice) await hint(folder, say);
    const migrations = migrationsIn(project);
    const found = choice && (await askAboutManifests(asking, choice, migrations));
    const answers = found?.answers ?? (await askAnswers(asking, migrations));
    const password = answers.database ? await adminPassword(asking) : null;
    await makeStack(project);
    // Pulumi may have started the file, with the salt for the encryption of passwords.
    const begun = existsSync(project.configFile) ? await readFile(project.configFile, "utf8") : "";
    await writeFile(project.configFile, begun + initialConfig(answers));
    if (password !== null) await setPasswords(project, password);
    if (found) for (const line of whatBecomes(found)) say(line);
    say(
      `Wrote ${project.configFile}${password === null ? "" : "; the colours' and the migrator's passwords were made up and stored encrypted"}.`,
    );
    say(
      found
        ? "Commit it. Next: zd plan shows the first stage, and what is added to the pods and why; zd next installs this version."
        : "Commit it. Next: zd next installs this version; zd plan shows what that does.",
    );
  } finally {
    asking.close();
  }
}

/** Who has manifests need not describe the application a second time. */
async function hint(folder: string, say: Surroundings["say"]): Promise<void> {
  const found = await folderWithDeployment(folder);
  if (found !== null) say(`${found} holds a Deployment: zd init --manifests ${found} releases it as it is.`);
}

function whatBecomes({ application, answers, notes }: ManifestsAnswers): string[] {
  const words = objectWords(application, answers.app.name, answers.strategy);
  return [
    `In the cluster, the objects of ${answers.manifests?.manifests ?? ""} become:`,
    ...objectLines(words),
    ...notes.map((note) => `  ${note}`),
  ];
}

/** Flags by the names of the questions; commander writes them in camel case. */
function flagsIn(options: InitOptions): Record<string, string | undefined> {
  const named = Object.values(QUESTIONS).map(({ flag }) => {
    const key = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const value = options[key];
    return [flag, typeof value === "string" ? value : undefined] as const;
  });
  return Object.fromEntries(named);
}

async function adminPassword({ ask }: ReturnType<typeof asker>): Promise<string> {
  const given = process.env[ADMIN_PASSWORD];
  if (given !== undefined && given !== "") return given;
  if (!process.stdin.isTTY) {
    throw new Trouble(
      "usage",
      "Cannot set up the database without its administrator's password. Nothing was written.",
      `Put it into the environment variable ${ADMIN_PASSWORD}.`,
    );
  }
  return ask({
    flag: "database-admin-password",
    text: "That login's password (stored encrypted, not shown)",
    isSecret: true,
  });
}

async function makeStack({ folder, stack }: Project): Promise<void> {
  const { exitCode, stderr } = await pulumi(folder, ["stack", "init", stack]);
  if (exitCode === 0 || /already exists/.test(stderr)) return;
  const advice = /passphrase/i.test(stderr)
    ? "Set PULUMI_CONFIG_PASSPHRASE (and keep it): it encrypts the passwords in the config."
    : "pulumi login chooses where the state is kept; pulumi stack ls tells whether it works.";
  throw new Trouble(
    "unreachable",
    `Cannot make stack ${stack}: ${lastLine(stderr)} Nothing was written.`,
    advice,
  );
}

/** Through standard input, as everybody on the machine can read a command line. */
async function setPasswords({ folder, stack, configFile }: Project, admin: string): Promise<void> {
  const madeUp = () => randomBytes(24).toString("base64url");
  const passwords = { admin, migrator: madeUp(), blue: madeUp(), green: madeUp() };
  for (const [login, password] of Object.entries(passwords)) {
    const key = configKey(`databasePasswords.${login}`);
    const args = [
      "config",
      "set",
      "--path",
      "--secret",
      key,
      "--stack",
      stack,
      "--config-file",
      configFile,
      "--non-interactive",
    ];
    const { exitCode, stderr } = await execa("pulumi", args, { cwd: folder, input: password, reject: false });
    if (exitCode !== 0)
      throw new Trouble(
        "failed",
        `Cannot store ${key}: ${lastLine(stderr)}`,
        `Set it by hand: pulumi config set --path --secret ${key}`,
      );
  }
}
