/** What connectors and tasks are made to do. (`ConnectorsResource`) @module */

import { NotFoundException } from "../api/exceptions.ts";
import type { ConnectorControl } from "./control.ts";
import { BadRequestException } from "../runtime/herder/herder.ts";
import { RestError } from "./rest_error.ts";
import { type Call, empty, isTrue, json, type Route } from "./route.ts";

/** Pause, resume, stop, restart. */
export function lifeRoutes(control: ConnectorControl): readonly Route[] {
  const put = (verb: "pause" | "resume" | "stop", status: 202 | 204): Route => ({
    method: "PUT",
    path: `/connectors/:name/${verb}`,
    handle: async (call) => {
      await control[verb](call.param("name"));
      return empty(status);
    },
  });
  return [
    put("pause", 202),
    put("resume", 202),
    put("stop", 204),
    { method: "POST", path: "/connectors/:name/restart", handle: (call) => restart(control, call) },
    ...taskRoutes(control),
    ...topicRoutes(control),
  ];
}

/** With neither switch only the connector is restarted, and nothing is told. (KIP-745) */
async function restart(control: ConnectorControl, call: Call): Promise<Response> {
  const scope = { includeTasks: isTrue(call, "includeTasks"), onlyFailed: isTrue(call, "onlyFailed") };
  const status = await control.restart(call.param("name"), scope);
  return scope.includeTasks || scope.onlyFailed ? json(status, 202) : empty(204);
}

function taskRoutes(control: ConnectorControl): readonly Route[] {
  const tasks = "/connectors/:name/tasks";
  const internal = () => {
    throw new BadRequestException("Internal request missing required signature");
  };
  return [
    {
      method: "GET",
      path: tasks,
      handle: (call) => {
        const connector = call.param("name");
        return json(
          control.taskConfigs(connector).map((config, task) => ({ id: { connector, task }, config })),
        );
      },
    },
    { method: "POST", path: tasks, handle: internal },
    { method: "PUT", path: "/connectors/:name/fence", handle: internal },
    { method: "GET", path: `${tasks}/:task/status`, handle: (call) => json(taskStatus(control, call)) },
    {
      method: "POST",
      path: `${tasks}/:task/restart`,
      handle: async (call) => {
        await control.restartTask(call.param("name"), taskNumber(call));
        return empty(204);
      },
    },
  ];
}

function taskStatus(control: ConnectorControl, call: Call): unknown {
  const [name, task] = [call.param("name"), taskNumber(call)];
  const found = control.names().includes(name)
    ? control.status(name).tasks.find(({ id }) => id === task)
    : undefined;
  if (found === undefined) throw new NotFoundException(`No status found for task ${name}-${task}`);
  return found;
}

function taskNumber(call: Call): number {
  const text = call.param("task");
  if (!/^-?\d{1,9}$/.test(text)) throw new RestError(404, "HTTP 404 Not Found");
  return Number(text);
}

/** Unknown connectors simply have none, as in Connect. (KIP-558) */
function topicRoutes(control: ConnectorControl): readonly Route[] {
  const path = "/connectors/:name/topics";
  return [
    {
      method: "GET",
      path,
      handle: (call) => {
        const name = call.param("name");
        return json({ [name]: { topics: control.activeTopics(name) } });
      },
    },
    {
      method: "PUT",
      path: `${path}/reset`,
      handle: (call) => {
        control.resetTopics(call.param("name"));
        return empty(202);
      },
    },
  ];
}
