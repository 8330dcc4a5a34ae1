import { NotFoundException } from "../api/exceptions.ts";
import { BadRequestException } from "../runtime/herder/herder.ts";
import { RestError } from "./rest_error.ts";
import { type Call, empty, json, type Route } from "./route.ts";

/** Longest name of a new logger, characters. */
const nameCharactersMax = 256;

/** Levels of loggers, by names with dots. (KIP-495, KIP-976) */
export interface LoggerControl {
  list(): Readonly<Record<string, LoggerLevel>>;
  get(name: string): LoggerLevel | undefined;
  /** Returns the names of the loggers whose level changed, or undefined if the level is unknown. */
  set(name: string, level: string): readonly string[] | undefined;
}

/** `last_modified` is in milliseconds since 1970, null if the level was never set. */
export interface LoggerLevel {
  readonly level: string;
  readonly last_modified: number | null;
}

/** Routes that list, show and set levels. (`LoggingResource`) */
export function loggerRoutes(control: LoggerControl): readonly Route[] {
  const path = "/admin/loggers/:logger";
  return [
    { method: "GET", path: "/admin/loggers", handle: () => json(control.list()) },
    {
      method: "GET",
      path,
      handle: (call) => {
        const name = call.param("logger");
        const level = control.get(name);
        if (level === undefined) throw new NotFoundException(`Logger ${name} not found.`);
        return json(level);
      },
    },
    { method: "PUT", path, handle: (call) => setLevel(control, call) },
  ];
}

async function setLevel(control: LoggerControl, call: Call): Promise<Response> {
  const body = await call.json();
  const level = typeof body === "object" && body !== null && "level" in body ? body.level : undefined;
  if (level === undefined || level === null) {
    throw new BadRequestException("Desired 'level' parameter was not specified in request.");
  }
  if (typeof level === "object") throw new RestError(400, "Cannot read the request: level: text is expected");
  const name = call.param("logger");
  if (name.length > nameCharactersMax) {
    throw new BadRequestException(
      `Cannot set a level: the logger's name has more than ${nameCharactersMax} characters`,
    );
  }
  const changed = control.set(name, String(level));
  if (changed === undefined) throw new NotFoundException(`invalid log level '${level}'.`);
  return call.query.get("scope")?.toLowerCase() === "cluster" ? empty(204) : json(changed);
}
