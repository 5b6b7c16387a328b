import type { Config } from "../../protocol/config/config-schema.ts";
import { configSecret } from "../../protocol/names.ts";
import { isMoving, type Release } from "../../release/release.ts";
import { keyedDigest } from "../../protocol/state/colour-record.ts";

/** Values that config encrypts, for a Secret of the cluster. */
export interface ConfigSecrets {
  /** Of the Secret; another one whenever a value changes. */
  readonly name: string;
  /** By the keys of the Secret. */
  readonly values: Readonly<Record<string, string>>;
}

/** Config without the values that it encrypts, and these. */
export interface HiddenConfig<C> {
  readonly config: C;
  /** Null where none is encrypted. */
  readonly secrets: ConfigSecrets | null;
}

/**
 * Takes what `app` holds as a secret out of config, and has it refer to a Secret in its place, as
 * if a person had written that: so it gets into no mark, no Job's settings, no plain variable of a
 * pod. The engine tells which top keys hold a secret, not which values do: so every variable of
 * `app.env` and every header of a smoke request counts as one then.
 *
 * @param isSecret whether config encrypts anything in `app`
 * @param key of the stack, as the Secret's name must tell nothing of its values
 */
export function hideSecrets<C extends Pick<Config, "app">>(
  config: C,
  isSecret: boolean,
  key: string,
): HiddenConfig<C> {
  const values = isSecret ? { ...variables(config.app), ...headers(config.app) } : {};
  if (Object.keys(values).length === 0) return { config, secrets: null };
  const name = configSecret(config.app.name, keyedDigest(key, values).slice(0, 8));
  const { env, smoke } = config.app;
  const app: Config["app"] = {
    ...config.app,
    env: Object.fromEntries(
      Object.entries(env).map(([variable, value]) => [
        variable,
        typeof value === "string" ? { secret: name, key: envKey(variable) } : value,
      ]),
    ),
    smoke: smoke.map((request, at) =>
      request.headers === undefined
        ? request
        : {
            ...request,
            headers: Object.fromEntries(
              Object.entries(request.headers).map(([header, value]) => [
                header,
                typeof value === "string" ? { secret: name, key: headerKey(at, header) } : value,
              ]),
            ),
          },
    ),
  };
  return { config: { ...config, app }, secrets: { name, values } };
}

/**
 * Whether a release that is under way has such values in clear: it was begun by a program that kept
 * none secret, or before they were encrypted.
 *
 * @param stages that were completed and entered last
 */
export const areOpen = (stages: readonly Release[]): boolean =>
  stages.some((stage) => {
    const app = stage.settings.app as Partial<Config["app"]> | undefined;
    const open = { ...variables({ env: app?.env ?? {} }), ...headers({ smoke: app?.smoke ?? [] }) };
    return isMoving(stage) && Object.keys(open).length > 0;
  });

const envKey = (variable: string): string => `env.${variable}`;
const headerKey = (request: number, header: string): string => `smoke.${request}.${header.toLowerCase()}`;

const variables = ({ env }: Pick<Config["app"], "env">) =>
  Object.fromEntries(
    Object.entries(env).flatMap(([variable, value]) =>
      typeof value === "string" ? [[envKey(variable), value]] : [],
    ),
  );

const headers = ({ smoke }: Pick<Config["app"], "smoke">) =>
  Object.fromEntries(
    smoke.flatMap(({ headers: all = {} }, at) =>
      Object.entries(all).flatMap(([header, value]) =>
        typeof value === "string" ? [[headerKey(at, header), value]] : [],
      ),
    ),
  );
