import { JavaException, NotFoundException } from "../api/exceptions.ts";
import type { PluginRegistry } from "../config/plugin_registry.ts";
import type { Plugin } from "../api/plugins.ts";
import type { ResolvedProps } from "../config/references/config_providers.ts";
import { type ConfigInfos, configInfos, type ConfigKeyInfo, pluginOptions } from "../config/config_infos.ts";
import type { ConnectorValidation } from "../config/connector_validation.ts";
import { HiddenValues } from "../config/references/hidden_values.ts";
import { keepSecrets } from "../config/references/masking.ts";
import { versionProblem } from "../config/plugin_version.ts";
import type { Props } from "../api/sink_task.ts";
import { BadRequestException, type Herder } from "../runtime/herder/herder.ts";
import { secretOptions } from "./connector_json.ts";
import { readConfigForm } from "./forms/connector_forms.ts";
import { json, type Route } from "./route.ts";

/** Longest wait for the database when a connection is checked, milliseconds. */
const connectionCheckMsMax = 5_000;

interface PluginRoutesOptions {
  readonly herder: Pick<Herder, "names" | "info" | "validate">;
  readonly plugins: PluginRegistry;
  readonly worker: Props;
  readonly resolve: (props: Props) => Promise<ResolvedProps>;
  /** Returns a signal that aborts after `ms` milliseconds. */
  readonly timeout: (ms: number) => AbortSignal;
}

/** Routes that list plugins, show their options and validate configurations. (`ConnectorPluginsResource`) */
export function pluginRoutes(options: PluginRoutesOptions): readonly Route[] {
  const checks = new PluginChecks(options);
  return [
    {
      method: "GET",
      path: "/connector-plugins",
      // Connect takes every text but `true` as false, and a missing parameter as true.
      handle: ({ query }) =>
        json(checks.plugins((query.get("connectorsOnly") ?? "true").toLowerCase() === "true")),
    },
    {
      method: "GET",
      path: "/connector-plugins/:plugin/config",
      handle: (call) => json(checks.options(call.param("plugin"), call.query.get("version"))),
    },
    {
      method: "PUT",
      path: "/connector-plugins/:plugin/config/validate",
      handle: async (call) =>
        json(await checks.validate(call.param("plugin"), readConfigForm(await call.json()))),
    },
  ];
}

class PluginChecks {
  readonly #options: PluginRoutesOptions;

  constructor(options: PluginRoutesOptions) {
    this.#options = options;
  }

  /** Connectors come first, then the others by type, as in Connect. */
  plugins(connectorsOnly: boolean) {
    const { plugins } = this.#options;
    const others = ["transformation", "predicate", "converter", "header_converter"] as const;
    const all: readonly Plugin[] = [
      ...plugins.list("sink"),
      ...(connectorsOnly ? [] : others.flatMap((type) => plugins.list(type))),
    ];
    return all.map(({ className, type, version }) => ({ class: className, type, version }));
  }

  options(name: string, version: string | null): readonly ConfigKeyInfo[] {
    const { plugins } = this.#options;
    const plugin = plugins.find("sink", name) ?? plugins.all().find(({ className }) => className === name);
    if (plugin === undefined) throw new NotFoundException(`Unknown plugin ${name}.`);
    if (version !== null) {
      if (/[[(]/.test(version) && !/^[[(][^[\]()]*[\])]$/.test(version.trim())) {
        throw new BadRequestException(`Invalid version specification: ${version}`);
      }
      const problem = versionProblem(plugin.className, plugin.version, version);
      if (problem !== undefined) throw new BadRequestException(problem.message);
    }
    return pluginOptions(plugin);
  }

  async validate(requested: string, given: Props): Promise<ConfigInfos> {
    const className = given["connector.class"];
    // As in Connect, the check reports a missing class, and the end of a class name is enough.
    if (className !== undefined && !this.#isMeant(requested, className)) {
      throw new BadRequestException(
        `Included connector type ${className} does not match request type ${requested}`,
      );
    }
    const config = this.#unmasked(given);
    const validation = await this.#options.herder.validate(config);
    const { worker, plugins } = this.#options;
    return configInfos(await this.#withConnection(validation, config), { worker, plugins });
  }

  #isMeant(requested: string, className: string): boolean {
    const normal = (name: string) => name.endsWith("Connector") ? name : `${name}Connector`;
    return normal(className).endsWith(normal(requested)) ||
      this.#options.plugins.find("sink", requested) === this.#options.plugins.find("sink", className) &&
        this.#options.plugins.find("sink", className) !== undefined;
  }

  /** Checks the connection too, if the options it needs have no errors. */
  async #withConnection(validation: ConnectorValidation, config: Props): Promise<ConnectorValidation> {
    const { plugin, values } = validation;
    const isWrong = values.some(({ errors }) => errors.length > 0);
    if (plugin.validateConnection === undefined || isWrong) return validation;
    const { props, values: lookedUp } = await this.#options.resolve(config);
    const hidden = new HiddenValues();
    hidden.note(lookedUp);
    const problems = await this.#connectionProblems(plugin.validateConnection, props);
    return {
      ...validation,
      values: values.map((value) => ({
        ...value,
        errors: [...value.errors, ...problems.get(value.name)?.map((text) => hidden.hide(text)) ?? []],
      })),
    };
  }

  async #connectionProblems(
    check: NonNullable<ConnectorValidation["plugin"]["validateConnection"]>,
    props: Props,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const signal = this.#options.timeout(connectionCheckMsMax);
    try {
      return await check(props, signal);
    } catch (error) {
      const why = signal.aborted
        ? `no answer within ${connectionCheckMsMax} ms`
        : error instanceof JavaException
        ? error.message
        : "unexpected failure";
      return new Map([["connection.url", [`Cannot check the connection: ${why}`]]]);
    }
  }

  #unmasked(config: Props): Props {
    const { herder, plugins } = this.#options;
    const name = config["name"] ?? "";
    if (!herder.names().includes(name)) return config;
    return keepSecrets(config, herder.info(name).config, (props) => secretOptions(props, plugins));
  }
}
