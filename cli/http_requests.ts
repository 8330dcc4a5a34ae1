/** Requests of `node:http` as the handlers of the control API take them, and their answers on the way back. @module */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { RestHandler } from "../connect/rest/rest_handler.ts";

/** Most bytes of a body that are thrown away behind an answer that didn't wait for it. */
const bytesLeftMax = 4 * 1024 * 1024;

/** Answers a request, whatever becomes of it. */
export async function answerRequest(
  message: IncomingMessage,
  response: ServerResponse,
  handle: RestHandler,
): Promise<void> {
  try {
    await send(await handle(requestOf(message)), { message, response });
  } catch {
    // The handler answers everything itself; what is left is a request that can't be told of, or a client that went away.
    if (!response.headersSent) response.writeHead(400, { connection: "close", "content-length": "0" });
    response.end();
  }
}

/** With the path as it was sent: a URL of the runtime would have normalised it. */
function requestOf(message: IncomingMessage): Request {
  const { method = "GET", url = "/", rawHeaders } = message;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  const request = new Request("http://localhost/", {
    method: hasBody ? "POST" : "GET",
    headers,
    ...(hasBody ? { body: bodyOf(message) } : {}),
  });
  const shown = /^[a-z][a-z0-9+.-]*:\/\//i.test(url)
    ? url
    : `http://${headers.get("host") ?? "localhost"}${url}`;
  return Object.defineProperties(request, { method: { value: method }, url: { value: shown } });
}

/** Its bytes as they come; who doesn't want them any more leaves the connection as it is, so that the answer gets there. */
function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array> {
  let isOpen = true;
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const finish = (end: () => void) => {
        if (isOpen) end();
        isOpen = false;
      };
      message.pause();
      message.on("data", (chunk: Uint8Array) => {
        if (!isOpen) return;
        controller.enqueue(Uint8Array.from(chunk));
        message.pause();
      });
      message.on("end", () => finish(() => controller.close()));
      message.on("close", () => finish(() => controller.error(new Error("The body ended too early"))));
      message.on("error", (error) => finish(() => controller.error(error)));
    },
    pull: () => void message.resume(),
    cancel: () => {
      isOpen = false;
    },
  });
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

async function send(answer: Response, { message, response }: Exchange): Promise<void> {
  const body = new Uint8Array(await answer.arrayBuffer());
  const headers = [...answer.headers].flat();
  const isWithout = answer.status === 204 || answer.status === 304;
  const length = isWithout || message.method === "HEAD" ? [] : ["content-length", String(body.length)];
  const isLeft = !message.complete;
  response.writeHead(answer.status, [...headers, ...length, ...(isLeft ? ["connection", "close"] : [])]);
  if (isLeft) {
    response.write(body);
    await readToEnd(message);
    response.end();
    return;
  }
  response.end(body);
}

/** A connection that is closed over bytes nobody has read takes the answer with it. */
async function readToEnd(message: IncomingMessage): Promise<void> {
  let left = bytesLeftMax;
  message.removeAllListeners("data"); // the request's body, which would pause it again
  await new Promise<void>((resolve) => {
    message.on("data", (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) resolve();
    });
    message.on("end", () => resolve());
    message.on("close", () => resolve());
    message.resume();
    if (message.complete || message.destroyed) resolve();
  });
}
