import { z } from "zod";
import { ConfigException } from "../../api/exceptions.ts";
import type { Props } from "../../api/sink_task.ts";
import type { TargetState } from "../../runtime/herder/herder.ts";
import type { Json } from "./json_body.ts";
import { isAddressable } from "../request_path.ts";
import { RestError } from "../rest_error.ts";

const scalarText = { error: "text, a number or a boolean is expected" };
const stateText = { error: "RUNNING, PAUSED or STOPPED is expected" };
const optionsText = { error: "an object of options is expected" };

const scalar = z.union([z.string(), z.boolean()], scalarText).transform(String);
const options = z.record(z.string(), z.union([scalar, z.null()], scalarText), optionsText);
const states = ["RUNNING", "PAUSED", "STOPPED"] as const;
const created = z.strictObject({
  name: scalar.nullish(),
  config: options,
  initial_state: z.string(stateText).toUpperCase().pipe(z.enum(states, stateText)).nullish(),
}, {
  error: ({ code }) =>
    code === "unrecognized_keys"
      ? "only name, config and initial_state are expected"
      : "an object is expected",
});

/** Limits of a configuration; checking a larger one would block the worker for seconds. */
const optionsMax = 2_000;
const referencesMax = 1_000;
const entriesMax = 20_000;

interface CreateForm {
  /** Trimmed; empty if the request has no name. */
  readonly name: string;
  readonly config: Props;
  readonly targetState: TargetState;
}

/**
 * Reads the body of POST `/connectors`. (`CreateConnectorRequest`)
 *
 * @throws RestError 400 that names the member, never its value
 * @example
 * ```ts
 * import { readCreateForm } from "./connector_forms.ts";
 * const { name, targetState } = readCreateForm({ name: " people ", config: {}, initial_state: "paused" });
 * if (name !== "people" || targetState !== "PAUSED") throw new Error("as Connect reads it");
 * ```
 */
export function readCreateForm(body: Json): CreateForm {
  const { name: given, config, initial_state } = parse(created, body);
  const name = (given ?? "").trim();
  if (!isAddressable(name)) {
    throw new RestError(
      400,
      "Cannot create the connector: its name can't be part of a URL path (a backslash, only dots, or too long)",
    );
  }
  return {
    name,
    config: bounded(withoutNulls(config)),
    targetState: initial_state === "PAUSED" || initial_state === "STOPPED" ? initial_state : "STARTED",
  };
}

/** Reads the body of PUT `config` or `validate`. */
export function readConfigForm(body: Json): Props {
  return bounded(withoutNulls(parse(options, body)));
}

/** Reads changes of a configuration; null removes an option. */
export function readPatchForm(body: Json): Readonly<Record<string, string | null>> {
  return parse(options, body);
}

/**
 * Returns the configuration with its connector's name. (`ConnectorsResource.checkAndPutConnectorConfigName`)
 *
 * @throws RestError 400 if the configuration has another name
 */
export function namedConfig(name: string, config: Props): Props {
  const own = config["name"];
  if (own === undefined) return { ...config, name };
  if (own === name) return config;
  throw new RestError(
    400,
    `Connector name configuration (${own}) doesn't match connector name in the URL (${name})`,
  );
}

/**
 * Returns the configuration unchanged.
 *
 * @throws RestError 400 if it is too large
 */
export function bounded(config: Props): Props {
  const count = Object.keys(config).length;
  const references = timesIn(config, "${");
  const entries = timesIn(config, ",") + count;
  const problem = count > optionsMax
    ? `${count} options, expected at most ${optionsMax}`
    : references > referencesMax
    ? `${references} references, expected at most ${referencesMax}`
    : entries > entriesMax
    ? `${entries} entries in lists, expected at most ${entriesMax}`
    : undefined;
  if (problem === undefined) return config;
  throw new RestError(400, `Cannot read the request: its configuration has ${problem}`);
}

function timesIn(config: Props, part: string): number {
  return Object.values(config).reduce((sum, text) => sum + text.split(part).length - 1, 0);
}

function withoutNulls(config: Readonly<Record<string, string | null>>): Props {
  if (Object.values(config).includes(null)) {
    throw new ConfigException(
      "Connector configuration is invalid and contains the following 1 error(s):\n" +
        "Null value can not be supplied as the configuration value.\n" +
        "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
    );
  }
  return config as Props; // checked just above
}

function parse<T>(form: z.ZodType<T>, body: Json): T {
  const parsed = form.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, problemsShownMax).map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`
  );
  throw new RestError(400, `Cannot read the request: ${problems.join("; ")}`);
}

const problemsShownMax = 5;
