import { NotFoundException } from "../../api/exceptions.ts";
import { BadRequestException } from "../../runtime/herder/herder.ts";
import { empty, json, type Route } from "../route.ts";
import numbersScript from "./numbers.js" with { type: "text" };
import style from "./page.css" with { type: "text" };
import page from "./page.html" with { type: "text" };
import partsScript from "./page_parts.js" with { type: "text" };
import problemsScript from "./page_problems.js" with { type: "text" };
import pageScript from "./page.js" with { type: "text" };
import type { UiFacts } from "./ui_facts.ts";
import visibleTextScript from "./visible_text.js" with { type: "text" };

export interface UiControl {
  facts(): UiFacts;
  /** Undefined if the connector is unknown. */
  passage(connector: string): Promise<unknown> | undefined;
  /** Marks erasures up to this number as done; returns false if the connector is unknown. */
  erasuresDone(connector: string, upTo: number): boolean;
}

/** The page loads nothing from, sends nothing to and isn't framed by other origins. */
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
} as const;

/**
 * Routes of the page `/ui`; its buttons use Connect's own routes.
 *
 * @example
 * ```ts
 * import { uiRoutes } from "./ui_routes.ts";
 * const routes = uiRoutes({
 *   facts: () => { throw new Error("not asked"); },
 *   passage: () => undefined,
 *   erasuresDone: () => false,
 * });
 * if (!routes.some(({ path }) => path === "/ui")) throw new Error("the page is there");
 * ```
 */
export function uiRoutes(control: UiControl): readonly Route[] {
  return [
    file("/ui", page, "text/html"),
    file("/ui/page.css", style, "text/css"),
    file("/ui/page.js", pageScript, "text/javascript"),
    file("/ui/page_parts.js", partsScript, "text/javascript"),
    file("/ui/page_problems.js", problemsScript, "text/javascript"),
    file("/ui/numbers.js", numbersScript, "text/javascript"),
    file("/ui/visible_text.js", visibleTextScript, "text/javascript"),
    { method: "GET", path: "/ui/facts", handle: () => json(control.facts()) },
    {
      method: "GET",
      path: "/ui/connectors/:name/passage",
      handle: async (call) => {
        const passage = control.passage(call.param("name"));
        if (passage === undefined) throw new NotFoundException(`Connector ${call.param("name")} not found`);
        return json(await passage);
      },
    },
    {
      method: "DELETE",
      path: "/ui/connectors/:name/erasures",
      handle: (call) => {
        const last = call.query.get("last") ?? "";
        if (!/^\d{1,15}$/.test(last)) {
          throw new BadRequestException(
            "Cannot mark erasures as done: the parameter last is expected, as /ui/facts and /health show it",
          );
        }
        if (control.erasuresDone(call.param("name"), Number(last))) return empty(204);
        throw new NotFoundException(`Connector ${call.param("name")} not found`);
      },
    },
  ];
}

function file(path: string, text: string, type: string): Route {
  const handle = () =>
    new Response(text, { headers: { ...headers, "content-type": `${type}; charset=utf-8` } });
  return { method: "GET", path, isText: true, handle };
}
