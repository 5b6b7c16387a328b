import type { Identity, ToldByAnswers } from "../../../protocol/identity/identity.ts";
import type { ProbeSettings } from "../../../protocol/jobs/probe-settings.ts";
import type { JobContext } from "../../job.ts";
import { askWho, type Asked } from "./ask-who.ts";
import { advice } from "./advice.ts";
import { tryGateway, type Tried } from "./gateway-trial.ts";
import { hear } from "./heard.ts";
import type { Part } from "./part.ts";

/** A part of the proof, or why no answer can give it, as part of a sentence. */
export type Told = Part | { readonly because: string };

type ByEntrance = Extract<Identity, { readonly by: "entrance" }>;

/** Asks who answers until only those allowed do, at every host and path that is asked for. */
export async function askEverywhere(
  asked: ProbeSettings,
  by: ToldByAnswers,
  context: JobContext,
): Promise<Told> {
  const start = performance.now();
  const first =
    by.by === "entrance" ? await askGateway(asked, by, context) : await askOnce(asked, by, context);
  if ("because" in first || !first.ok) return first;
  const sentences = [...first.sentences];
  for (const { host, path } of asked.further) {
    const left = asked.deadlineSeconds - (performance.now() - start) / 1_000;
    const deadlineSeconds = Math.max(1, Math.round(left));
    const part = await askOnce({ ...asked, host, path, deadlineSeconds }, by, context);
    if (!part.ok) return part;
    sentences.push(`The same holds for ${host ?? ""}${path}`);
  }
  return { ...first, sentences };
}

const askOnce = async (asked: ProbeSettings, by: ToldByAnswers, context: JobContext): Promise<Part> =>
  partOf(asked, by, await ask(asked, by, context, new AbortController().signal));

/** Besides, it is tried whether the gateway names anybody at all. */
async function askGateway(asked: ProbeSettings, by: ByEntrance, context: JobContext): Promise<Told> {
  const unnamed = new AbortController();
  const over = new AbortController();
  const trying = tryGateway(asked, by, context, over.signal).then((seen) => {
    if (seen.names === false) unnamed.abort();
    return seen;
  });
  const asking = ask(asked, by, context, unnamed.signal).finally(() => over.abort());
  const [answers, tried] = await Promise.all([asking, trying]);
  return isUnnamed(answers, tried) ? { because: tried.why } : partOf(asked, by, answers);
}

const isUnnamed = ({ end }: Asked, { names }: Tried): boolean =>
  end === "enough" || (end === "hopeless" && names !== true);

const ask = (
  asked: ProbeSettings,
  by: ToldByAnswers,
  context: JobContext,
  enough: AbortSignal,
): Promise<Asked> =>
  askWho(
    {
      url: new URL(asked.path, asked.url),
      headers: {
        ...(asked.host === undefined ? {} : { host: asked.host }),
        ...(by.by === "entrance" ? { [by.request.name]: by.request.value } : {}),
      },
      hear: (answer) => hear(by, asked.allowed, answer),
      agreeing: asked.agreeing,
      drainSeconds: asked.drainSeconds,
      giveUpSeconds: asked.giveUpSeconds,
      deadlineSeconds: asked.deadlineSeconds,
      enough,
    },
    context,
  );

function partOf(asked: ProbeSettings, by: ToldByAnswers, { end, heard, facts, problems }: Asked): Part {
  const { url, path, agreeing, giveUpSeconds, deadlineSeconds } = asked;
  const allowed = asked.allowed.join(" or ");
  if (end === "agreed") {
    const cut =
      facts.cut > 0 ? `; ${facts.cut} kept-alive connections stayed with another colour and were cut` : "";
    const since = `since ${facts.milliseconds} ms after the start`;
    return { ok: true, sentences: [`Every answer comes from ${allowed}, ${since}${cut}`], facts };
  }
  const begin = `Cannot prove that only ${allowed} answers at ${url}`;
  const sentences =
    end === "hopeless"
      ? [
          `${begin} as no answer tells who gave it, for ${giveUpSeconds} s now: ${heard ?? ""}`,
          `Traffic has been written. ${advice(by, path)}`,
        ]
      : [
          `${begin} as ${deadlineSeconds} s did not bring ${agreeing} answers in a row: ${problems.join("; ")}`,
          "Traffic has been written; look at the entrance and the pods behind it, then repeat",
        ];
  return { ok: false, sentences, facts };
}
