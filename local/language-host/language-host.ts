import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";
import type * as grpc from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import sdk from "@pulumi/pulumi/package.json" with { type: "json" };
import { programDependencies } from "./program-dependencies.ts";
import { outcome, runCommand, runtimeOptions, type RunSettings } from "./run-command.ts";

type Unary<Request, Response> = (
  call: { readonly request: Request },
  reply: (error: Partial<grpc.ServiceError> | null, response?: Response) => void,
) => void;

/** The service, and how to end what it has started. */
export interface LanguageHost {
  readonly service: grpc.UntypedServiceImplementation;
  endPrograms(signal: NodeJS.Signals): void;
}

/**
 * The calls of the language protocol that this project needs; the others answer "unimplemented".
 */
export function languageHost(): LanguageHost {
  const programs = new Set<ChildProcess>();
  // The engine's address comes as the last argument, and again with the handshake.
  let engine = process.argv.at(-1) ?? "";
  let cancelled = false;

  const handshake: Unary<language.LanguageHandshakeRequest, language.LanguageHandshakeResponse> = (
    call,
    reply,
  ) => {
    engine = call.request.getEngineAddress() || engine;
    reply(null, new language.LanguageHandshakeResponse());
  };

  const run: Unary<language.RunRequest, language.RunResponse> = (call, reply) => {
    const settings = runSettings(call.request, engine);
    const directory = call.request.getInfo()?.getProgramDirectory() || settings.pwd;
    let starter: string;
    try {
      starter = createRequire(path.join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
    } catch {
      reply(null, ran({ error: missingSdk(directory), bail: false }));
      return;
    }
    const { args, env } = runCommand(settings, starter);
    const child = spawn(process.execPath, args, {
      cwd: settings.pwd || directory,
      env: { ...process.env, ...env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    programs.add(child);
    child.once("error", (error) => {
      programs.delete(child);
      reply(null, ran({ error: `The program could not be started: ${error.message}`, bail: false }));
    });
    child.once("exit", (code, signal) => {
      if (programs.delete(child)) reply(null, ran(outcome(code, signal, cancelled)));
    });
  };

  const installDependencies = (
    call: grpc.ServerWritableStream<
      language.InstallDependenciesRequest,
      language.InstallDependenciesResponse
    >,
  ) => {
    const child = spawn("npm", ["install", "--no-audit", "--no-fund"], {
      cwd: call.request.getDirectory(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const send = (kind: "Stdout" | "Stderr") => (chunk: Buffer) => {
      const response = new language.InstallDependenciesResponse();
      if (kind === "Stdout") response.setStdout(chunk);
      else response.setStderr(chunk);
      call.write(response);
    };
    child.stdout.on("data", send("Stdout"));
    child.stderr.on("data", send("Stderr"));
    child.once("error", (error) => call.destroy(error));
    child.once("close", (code) => {
      if (code === 0) call.end();
      else call.destroy(new Error(`npm install ended with ${code}`));
    });
  };

  return {
    service: {
      handshake,
      run,
      installDependencies,
      getRequiredPackages: ((_call, reply) => {
        // Plugins are found when a resource first needs one, by the version that its
        // package carries.
        reply(null, new language.GetRequiredPackagesResponse());
      }) satisfies Unary<language.GetRequiredPackagesRequest, language.GetRequiredPackagesResponse>,
      getRequiredPlugins: ((_call, reply) => {
        reply(null, new language.GetRequiredPluginsResponse());
      }) satisfies Unary<language.GetRequiredPluginsRequest, language.GetRequiredPluginsResponse>,
      getPluginInfo: ((_call, reply) => {
        const info = new plugin.PluginInfo();
        info.setVersion(sdk.version);
        reply(null, info);
      }) satisfies Unary<empty.Empty, plugin.PluginInfo>,
      runtimeOptionsPrompts: ((_call, reply) => {
        reply(null, new language.RuntimeOptionsResponse());
      }) satisfies Unary<language.RuntimeOptionsRequest, language.RuntimeOptionsResponse>,
      about: ((_call, reply) => {
        const about = new language.AboutResponse();
        about.setExecutable(process.execPath);
        about.setVersion(process.version);
        reply(null, about);
      }) satisfies Unary<language.AboutRequest, language.AboutResponse>,
      getProgramDependencies: ((call, reply) => {
        const info = call.request.getInfo();
        const directory = info?.getProgramDirectory() || call.request.getPwd();
        const response = new language.GetProgramDependenciesResponse();
        response.setDependenciesList(
          programDependencies(directory).map(({ name, version }) => {
            const dependency = new language.DependencyInfo();
            dependency.setName(name);
            dependency.setVersion(version);
            return dependency;
          }),
        );
        reply(null, response);
      }) satisfies Unary<language.GetProgramDependenciesRequest, language.GetProgramDependenciesResponse>,
      cancel: ((_call, reply) => {
        // The engine refuses the program's further calls, which ends it; what it then
        // says is no news.
        cancelled = true;
        reply(null, new empty.Empty());
      }) satisfies Unary<empty.Empty, empty.Empty>,
    },
    endPrograms: (signal) => {
      for (const child of programs) child.kill(signal);
    },
  };
}

function ran(result: { error: string; bail: boolean }): language.RunResponse {
  const response = new language.RunResponse();
  response.setError(result.error);
  response.setBail(result.bail);
  return response;
}

function runSettings(request: language.RunRequest, engine: string): RunSettings {
  const info = request.getInfo();
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  return {
    monitor: request.getMonitorAddress(),
    engine,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    pwd: request.getPwd(),
    rootDirectory: info?.getRootDirectory() ?? request.getPwd(),
    entryPoint: info?.getEntryPoint() ?? request.getProgram(),
    args: request.getArgsList(),
    parallel: request.getParallel(),
    dryRun: request.getDryrun(),
    config: Object.fromEntries(request.getConfigMap().toObject() as unknown as [string, string][]),
    secretKeys: request.getConfigsecretkeysList(),
    options: runtimeOptions(options),
  };
}

function missingSdk(directory: string): string {
  return `Cannot run the program as @pulumi/pulumi is not installed for it: looked from ${directory}. Type: npm ci`;
}
