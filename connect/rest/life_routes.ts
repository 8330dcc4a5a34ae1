import { NotFoundException } from "../api/exceptions.ts";
import type { PluginRegistry } from "../config/plugin_registry.ts";
import { BadRequestException, type Herder } from "../runtime/herder/herder.ts";
import { statusJson, taskConfigsJson, taskJson } from "./connector_json.ts";
import { RestError } from "./rest_error.ts";
import { type Call, empty, isTrue, json, type Route } from "./route.ts";

/** Routes that control connectors and tasks, and show topics. (`ConnectorsResource`) */
export function lifeRoutes(herder: Herder, plugins: PluginRegistry): readonly Route[] {
  const put = (verb: "pause" | "resume" | "stop", status: 202 | 204): Route => ({
    method: "PUT",
    path: `/connectors/:name/${verb}`,
    handle: async (call) => {
      await herder[verb](call.param("name"));
      return empty(status);
    },
  });
  return [
    put("pause", 202),
    put("resume", 202),
    put("stop", 204),
    { method: "POST", path: "/connectors/:name/restart", handle: (call) => restart(herder, call) },
    ...taskRoutes(herder, plugins),
    ...topicRoutes(herder),
  ];
}

/** With neither parameter the worker restarts the connector alone and answers without a body. (KIP-745) */
function restart(herder: Herder, call: Call): Response {
  const name = call.param("name");
  const [includeTasks, onlyFailed] = [isTrue(call, "includeTasks"), isTrue(call, "onlyFailed")];
  if (!herder.names().includes(name)) throw new NotFoundException(`Unknown connector: ${name}`);
  const before = statusJson(herder.status(name));
  herder.restartConnector(name, !includeTasks ? "connector" : onlyFailed ? "failed" : "tasks");
  if (!includeTasks && !onlyFailed) return empty(204);
  // Parts that will be restarted are shown as RESTARTING. (`RestartPlan`)
  const shown = <T extends { readonly state: string }>(part: T, isMeant: boolean): T =>
    isMeant && (!onlyFailed || part.state === "FAILED") ? { ...part, state: "RESTARTING" } : part;
  const tasks = before.tasks.map((task) => shown(task, includeTasks));
  return json({ ...before, connector: shown(before.connector, true), tasks }, 202);
}

function taskRoutes(herder: Herder, plugins: PluginRegistry): readonly Route[] {
  const tasks = "/connectors/:name/tasks";
  const internal = () => {
    throw new BadRequestException("Internal request missing required signature");
  };
  return [
    {
      method: "GET",
      path: tasks,
      handle: (call) => json(taskConfigsJson(herder, call.param("name"), plugins)),
    },
    { method: "POST", path: tasks, handle: internal },
    { method: "PUT", path: "/connectors/:name/fence", handle: internal },
    {
      method: "GET",
      path: `${tasks}/:task/status`,
      handle: (call) => json(taskJson(herder.taskStatus(call.param("name"), taskNumber(call)))),
    },
    {
      method: "POST",
      path: `${tasks}/:task/restart`,
      handle: (call) => {
        herder.restartTask(call.param("name"), taskNumber(call));
        return empty(204);
      },
    },
  ];
}

function taskNumber(call: Call): number {
  const text = call.param("task");
  if (!/^-?\d{1,9}$/.test(text)) throw new RestError(404, "HTTP 404 Not Found");
  return Number(text);
}

/** An unknown connector has no topics, as in Connect. (KIP-558) */
function topicRoutes(herder: Herder): readonly Route[] {
  const path = "/connectors/:name/topics";
  return [
    {
      method: "GET",
      path,
      handle: (call) => {
        const name = call.param("name");
        return json({ [name]: { topics: herder.topics(name) } });
      },
    },
    {
      method: "PUT",
      path: `${path}/reset`,
      handle: (call) => {
        herder.resetTopics(call.param("name"));
        return empty(202);
      },
    },
  ];
}
