import type { Created, Provider } from "../../../../local/plugins/protocol/provider.ts";
import type { Properties } from "../../../../local/plugins/protocol/values.ts";

/** A provider that accepts all and echoes its inputs; a test replaces what it is about. */
export function providerDouble(replaced: Partial<Provider> = {}): Provider {
  const echo = async ({ properties }: { properties: Properties }): Promise<Created> => ({
    id: "id",
    properties,
  });
  return {
    name: "double",
    version: "1.2.3",
    checkConfig: async ({ news }) => ({ inputs: news, failures: [] }),
    diffConfig: async () => ({ changed: false, replaces: [], deleteBeforeReplace: false }),
    configure: async () => ({ supportsAutonaming: true }),
    check: async ({ news }) => ({ inputs: news, failures: [] }),
    diff: async () => ({ changed: false, replaces: [], deleteBeforeReplace: false }),
    create: echo,
    read: async ({ id, properties, inputs }) => ({ id, properties, inputs }),
    update: async ({ news }) => news,
    delete: async () => undefined,
    invoke: async ({ args }) => ({ result: args, failures: [] }),
    cancel: () => undefined,
    ...replaced,
  };
}
