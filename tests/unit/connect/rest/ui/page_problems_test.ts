import assert from "node:assert/strict";
import {
  problemsOf,
  showConnectorState,
  showProblems,
  silence,
} from "../../../../../connect/rest/ui/page_problems.js";

const healthy = { status: "healthy", message: "ready" };
const reason = "it refuses";
const task = (id: number, state: string, waitsFor: readonly string[] = []) => ({
  ...{ id, state, waitsFor },
  failure: state === "RUNNING" ? null : { reason: "no table", rule: null },
});
const connector = (name: string, ...tasks: readonly unknown[]) => ({
  name,
  state: "RUNNING",
  failure: null,
  tasks,
});
const trouble = {
  where: "Kafka at a:9092",
  since: "2026-01-01T00:00:00Z",
  reason,
  tasks: ["people-1"],
  waits: [],
};

class FakeElement {
  textContent = "";
  readonly dataset: Record<string, string> = {};
  readonly children: unknown[] = [];
  setAttribute(): void {}
  append(...children: readonly unknown[]): void {
    this.children.push(...children);
  }
  replaceChildren(...children: readonly unknown[]): void {
    this.children.splice(0, Infinity, ...children);
  }
}

interface Problem {
  readonly isBad: boolean;
  readonly title: string;
}

interface Facts {
  readonly connectors: readonly unknown[];
  readonly troubles: readonly unknown[];
  readonly stuck: readonly string[];
  readonly health: unknown;
}

function titles(facts: Facts): readonly string[] {
  return problemsOf(facts).map(({ isBad, title }: Problem) => `${isBad ? "red" : "amber"} ${title}`);
}

Deno.test("a task that gets nowhere is told beside one that is FAILED, and both before what is away", () => {
  const connectors = [
    connector("people", task(0, "RESTARTING"), task(1, "RUNNING")),
    connector("strict", task(0, "FAILED")),
  ];
  const stuck = ["Task people-1 has a lag of 7 and has committed nothing for 601 s"];
  const health = { status: "unhealthy", message: "" };
  assert.deepEqual(titles({ connectors, troubles: [trouble], stuck, health }), [
    "red Task strict-0 is FAILED",
    "red A task makes no progress",
    "amber Task people-0 is RESTARTING",
    "amber Kafka at a:9092 is away",
  ]);
});

Deno.test("what has been away for so long that the worker is unhealthy is red", () => {
  const facts = { connectors: [], troubles: [trouble], stuck: [] };
  assert.deepEqual(titles({ ...facts, health: healthy }), ["amber Kafka at a:9092 is away"]);
  assert.deepEqual(titles({ ...facts, health: { status: "unhealthy", message: "" } }), [
    "red Kafka at a:9092 is away",
  ]);
});

Deno.test("long lists are cut, with how many more there are", () => {
  const tasks = Array.from({ length: 200 }, (_, at) => `people-${at}`);
  const waits = Array.from({ length: 100 }, (_, partition) => ({ topic: "people", partition, offset: 0 }));
  const [{ text }] = problemsOf({
    ...{ connectors: [], stuck: [], health: healthy },
    troubles: [{ ...trouble, tasks, waits, waits_not_shown: 50 }],
  }) as [{ text: string }];
  assert.match(
    text,
    /Waiting tasks: people-0, .*people-9 and 190 more\. Waiting from offset: people-0@0, .* and 140 more\.$/,
  );
});

Deno.test("a worker that doesn't answer is told, with which, since when and what to do", () => {
  const { isBad, title, text } = silence({
    workerId: "host:8083",
    answeredAt: 0,
    why: "it can't be reached",
  });
  assert.ok(isBad);
  assert.equal(title, "This worker (host:8083) doesn't answer");
  assert.match(text, /^No answer since .*1970.*: it can't be reached\. The data below is from then/);
});

Deno.test("a connector whose task is restarted again and again isn't green", () => {
  const at = new FakeElement();
  showConnectorState(at, connector("people", task(0, "RESTARTING")));
  assert.deepEqual([at.textContent, at.dataset["state"]], ["RUNNING, 1 of 1 tasks RESTARTING", "degraded"]);
});

Deno.test("a screen reader is told the titles once, not each second that a text counts", () => {
  const [at, announcement] = [new FakeElement(), new FakeElement()];
  const told: string[] = [];
  Object.defineProperty(announcement, "textContent", {
    get: () => told.at(-1) ?? "",
    set: (text: string) => void told.push(text),
  });
  Object.assign(globalThis, { document: { createElement: () => new FakeElement() } });
  try {
    for (const text of ["601 s", "602 s"]) {
      showProblems(at, announcement, [{ isBad: true, title: "Stuck", text }]);
    }
    for (const _ of [1, 2]) showProblems(at, announcement, []);
  } finally {
    Reflect.deleteProperty(globalThis, "document");
  }
  assert.deepEqual(told, ["Stuck", "No problems any more"]);
});
