/** Malformed and unusual requests, and a check of the answers. @module */

import type { Random } from "../random.ts";

export interface FuzzedRequest {
  readonly method: string;
  /** With its query, as bytes of a request line: never a space or a line end. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined without a body. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The connectors that these requests name. */
export interface FuzzWorld {
  /** A valid configuration. */
  readonly config: Readonly<Record<string, string>>;
  /** Names of created connectors; few, so that requests collide. */
  readonly names: readonly string[];
}

/** A password that is in many requests and never in an answer. */
export const fuzzSecret = "fuzz-5ecret-hunter2";

/** Statuses that the control API may answer to any request. */
const allowedStatuses: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 204],
  ...[400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415],
]);

/**
 * Returns what is wrong with an answer, or undefined.
 *
 * @param listed5xx `METHOD /path STATUS` of the server errors that are intended
 */
export function answerProblem(
  request: FuzzedRequest,
  answer: { readonly status: number; readonly text: string },
  listed5xx: ReadonlySet<string> = new Set(),
): string | undefined {
  const { method, target } = request;
  const shown = `${method} ${target.slice(0, 120)} is answered ${answer.status} ${answer.text.slice(0, 200)}`;
  if (answer.text.includes(fuzzSecret)) return `${shown}: it shows a password`;
  const isListed = listed5xx.has(`${method} ${target.split("?")[0]} ${answer.status}`);
  if (!allowedStatuses.has(answer.status) && !isListed) return shown;
  if (answer.status < 400 || answer.text === "" || isListed) return undefined;
  return isErrorBody(answer.text, answer.status) ? undefined : `${shown}: that is no error of Connect's form`;
}

function isErrorBody(text: string, status: number): boolean {
  try {
    const body = JSON.parse(text);
    return body.error_code === status && typeof body.message === "string";
  } catch {
    return false;
  }
}

/** Makes the next request of a seed. */
export function fuzzedRequest(random: Random, world: FuzzWorld): FuzzedRequest {
  const route = random.pick(routes);
  const isStrayMethod = random.chance(0.08);
  const method = isStrayMethod ? random.pick(methods) : route.method;
  const path = random.chance(0.05) ? strayPath(random) : filled(route.path, random, world);
  const target = path + (random.chance(0.3) ? query(random) : "");
  const hasBody = method !== "GET" && method !== "HEAD" && (route.body !== undefined || random.chance(0.05));
  const body = hasBody ? bodyOf(route.body, random, world) : undefined;
  return { method, target, headers: headersOf(random, body !== undefined), body };
}

interface FuzzedRoute {
  readonly method: string;
  readonly path: string;
  readonly body?: "create" | "config" | "patch" | "offsets" | "level";
}

const connector = "/connectors/NAME";
const routes: readonly FuzzedRoute[] = [
  ...[
    "/",
    "/connectors",
    "/connector-plugins",
    "/admin/loggers",
    "/metrics",
    connector,
    `${connector}/status`,
  ]
    .map((path) => ({ method: "GET", path })),
  ...["config", "tasks", "tasks/NUMBER/status", "topics", "offsets"]
    .map((part) => ({ method: "GET", path: `${connector}/${part}` })),
  ...["pause", "resume", "stop", "topics/reset", "fence"].map((part) => ({
    method: "PUT",
    path: `${connector}/${part}`,
  })),
  ...["restart", "tasks/NUMBER/restart", "tasks"].map((part) => ({
    method: "POST",
    path: `${connector}/${part}`,
  })),
  { method: "DELETE", path: connector },
  { method: "DELETE", path: `${connector}/offsets` },
  { method: "POST", path: "/connectors", body: "create" },
  { method: "POST", path: "/connectors", body: "create" },
  { method: "PUT", path: `${connector}/config`, body: "config" },
  { method: "PUT", path: `${connector}/config`, body: "config" },
  { method: "PATCH", path: `${connector}/config`, body: "patch" },
  { method: "PATCH", path: `${connector}/offsets`, body: "offsets" },
  { method: "GET", path: "/connector-plugins/CLASS/config" },
  { method: "PUT", path: "/connector-plugins/CLASS/config/validate", body: "config" },
  { method: "GET", path: "/admin/loggers/LOGGER" },
  { method: "PUT", path: "/admin/loggers/LOGGER", body: "level" },
];

const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "FOO", "get"];

/** Texts that have broken a server before. */
const oddTexts = [
  ...["", " ", "0", "-1", "2147483648", "9223372036854775808", "1e309", "NaN", "null", "true", "undefined"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "..", ".", "../../etc/passwd", "a/b", "a\\b"],
  ...[
    "${env:HOME}",
    "${file:/etc/passwd:root}",
    "${dir:/etc:passwd}",
    "${x",
    "********",
    "%",
    "%s%n",
    "{{x}}",
  ],
  ...[
    "ü",
    "日本",
    "🙂",
    "\u0000",
    "\u202e",
    "\ud800",
    "a\nb",
    "'; drop table people; --",
    "<script>",
    "x".repeat(5_000),
  ],
];

function text(random: Random): string {
  if (random.chance(0.7)) return random.pick(oddTexts);
  const length = random.integer(0, 40);
  return Array.from(
    { length },
    () => String.fromCharCode(random.integer(0, random.chance(0.8) ? 126 : 0xffff)),
  )
    .join("");
}

function filled(path: string, random: Random, { names, config }: FuzzWorld): string {
  const name = random.chance(0.85) ? random.pick(names) : text(random);
  const plugin = random.chance(0.7) ? config["connector.class"] ?? "" : text(random);
  const logger = random.chance(0.5) ? "org.apache.kafka.connect.runtime.rest" : text(random);
  const number = random.chance(0.7) ? "0" : random.pick(["1", "-1", "x", "99999999999", "1.5", ""]);
  return path.replace("NAME", () => escaped(name, random)).replace("CLASS", () => escaped(plugin, random))
    .replace("LOGGER", () => escaped(logger, random)).replace("NUMBER", () => number);
}

/** Mostly escaped correctly, sometimes broken. */
function escaped(name: string, random: Random): string {
  const whole = encodeURIComponent(name.toWellFormed());
  if (random.chance(0.95)) return whole;
  return whole +
    random.pick(["%", "%zz", "%00", "%2f", "%c3%28", ";x=1", "//", "/", "%2e%2e", "%5c", "\\", "^", "|"]);
}

function strayPath(random: Random): string {
  const part = () =>
    encodeURIComponent(text(random).toWellFormed()).replaceAll(
      "%2F",
      random.pick(["/", "%2F"]),
    ) || "x";
  return `/${Array.from({ length: random.integer(0, 4) }, part).join("/")}`;
}

function query(random: Random): string {
  const names = [
    "expand",
    "includeTasks",
    "onlyFailed",
    "connectorsOnly",
    "version",
    "scope",
    "forward",
    "x",
  ];
  const values = [
    "status",
    "info",
    "true",
    "FALSE",
    "",
    "[1,2)",
    "(,",
    "cluster",
    "worker",
    encodeURIComponent("ü&="),
  ];
  const parts = Array.from(
    { length: random.integer(0, 4) },
    () => `${random.pick(names)}=${random.pick(values)}`,
  );
  return `?${parts.join("&")}`;
}

function headersOf(random: Random, hasBody: boolean): Readonly<Record<string, string>> {
  const types = [
    "text/plain",
    "application/xml",
    "application/json; charset=utf-8",
    "application/JSON",
    "x",
    "multipart/form-data",
  ];
  const accepts = [
    "*/*",
    "application/json",
    "text/html",
    "image/*;q=0.1",
    ",,,",
    "application/json;q=x",
    ";",
  ];
  return {
    ...(hasBody ? { "content-type": random.chance(0.93) ? "application/json" : random.pick(types) } : {}),
    ...(random.chance(0.1) ? { accept: random.pick(accepts) } : {}),
    ...(random.chance(0.03) ? { origin: random.pick(["http://evil.example", "null", "x"]) } : {}),
    ...(random.chance(0.03)
      ? { authorization: random.pick(["Basic !!!", "Basic", "Bearer x", `Basic ${"A".repeat(4_000)}`]) }
      : {}),
  };
}

function bodyOf(kind: FuzzedRoute["body"], random: Random, world: FuzzWorld): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify(random.chance(0.1) ? anyJson(random, 4) : shaped(kind, random, world));
  return random.chance(0.9) ? new TextEncoder().encode(json) : damaged(json, random);
}

/** Nearly the expected form. */
function shaped(kind: FuzzedRoute["body"], random: Random, world: FuzzWorld): unknown {
  if (kind === "create") {
    return {
      name: random.chance(0.85) ? random.pick(world.names) : anyJson(random, 1),
      config: random.chance(0.95) ? config(random, world) : anyJson(random, 2),
      ...(random.chance(0.2)
        ? { initial_state: random.chance(0.7) ? random.pick(["STOPPED", "PAUSED"]) : text(random) }
        : {}),
      ...(random.chance(0.02) ? { [text(random)]: 1 } : {}),
    };
  }
  if (kind === "offsets") return offsets(random);
  if (kind === "level") {
    return {
      level: random.chance(0.8) ? random.pick(["DEBUG", "info", "OFF", "TRACE"]) : anyJson(random, 1),
    };
  }
  if (kind === "patch") return Object.fromEntries(changes(random));
  return config(random, world);
}

function config(random: Random, world: FuzzWorld): unknown {
  return Object.fromEntries([...Object.entries(world.config), ...random.chance(0.5) ? [] : changes(random)]);
}

const options = [
  ...[
    "tasks.max",
    "topics",
    "topics.regex",
    "errors.tolerance",
    "errors.retry.timeout",
    "connector.class",
    "name",
  ],
  ...[
    "errors.deadletterqueue.topic.name",
    "key.converter",
    "value.converter",
    "value.converter.schemas.enable",
  ],
  ...[
    "transforms",
    "transforms.a.type",
    "transforms.a.field",
    "predicates",
    "consumer.override.max.poll.records",
  ],
  ...[
    "offset.flush.interval.ms",
    "task.restart.max",
    "task.stall.timeout.ms",
    "fake.secret",
    "config.action.reload",
  ],
];
const classes = [
  "org.apache.kafka.connect.storage.StringConverter",
  "org.apache.kafka.connect.transforms.HoistField$Value",
  "org.apache.kafka.connect.transforms.RegexRouter",
  "a",
];

function changes(random: Random): readonly (readonly [string, unknown])[] {
  return Array.from({ length: random.integer(1, 4) }, () => {
    const option = random.chance(0.9) ? random.pick(options) : text(random);
    if (option === "fake.secret") return [option, fuzzSecret] as const;
    if (random.chance(0.3)) return [option, random.pick(classes)] as const;
    return [option, random.chance(0.8) ? text(random) : anyJson(random, 1)] as const;
  });
}

function offsets(random: Random): unknown {
  const partition = () => ({
    kafka_topic: random.chance(0.8) ? "events" : anyJson(random, 1),
    kafka_partition: random.chance(0.8) ? 0 : anyJson(random, 1),
  });
  const offset = () => random.chance(0.7) ? { kafka_offset: random.integer(0, 5) } : anyJson(random, 2);
  const entries = Array.from(
    { length: random.integer(0, 3) },
    () => ({ partition: partition(), offset: offset() }),
  );
  return random.chance(0.9) ? { offsets: entries } : { offsets: anyJson(random, 2) };
}

function anyJson(random: Random, depth: number): unknown {
  const kind = random.integer(0, depth > 0 ? 7 : 4);
  if (kind === 0) return null;
  if (kind === 1) return random.chance(0.5);
  if (kind === 2) return random.pick([0, -1, 1.5, 1e300, 2 ** 53, random.integer(-1_000, 1_000)]);
  if (kind <= 4) return text(random);
  const items = Array.from({ length: random.integer(0, 5) }, () => anyJson(random, depth - 1));
  return kind === 5 ? items : Object.fromEntries(items.map((item) => [text(random), item]));
}

function damaged(json: string, random: Random): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(json);
  const ways = [
    () => bytes.slice(0, random.integer(0, bytes.length)),
    () => bytes.map((byte) => random.chance(0.02) ? random.integer(0, 255) : byte),
    () => new TextEncoder().encode("[".repeat(random.integer(1, 50_000))),
    () => new TextEncoder().encode(`${json}${json}`),
    () => new Uint8Array(random.integer(0, 300)).map(() => random.integer(0, 255)),
    () => new TextEncoder().encode(`{"config":${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}}`),
    () => new Uint8Array(random.chance(0.1) ? 1_100_000 : 10).fill(0x20),
  ];
  return random.pick(ways)();
}
