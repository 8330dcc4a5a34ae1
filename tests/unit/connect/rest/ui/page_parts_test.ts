import assert from "node:assert/strict";
import { element, setAttribute, setText, showState } from "../../../../../connect/rest/ui/page_parts.js";

const danger = "a\x1b\u202eb";
const escaped = String.raw`a\u001b\u202eb`;

/** As much of an element as the parts use. */
class FakeElement {
  textContent = "";
  readonly attributes = new Map<string, string>();
  readonly children: unknown[] = [];
  readonly dataset: Record<string, string> = {};

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
  append(...children: readonly unknown[]): void {
    this.children.push(...children);
  }
}

Deno.test("texts and attributes of the page have escapes for what turns directions or can't be seen", () => {
  const made = new FakeElement();
  const child = new FakeElement();
  Object.assign(globalThis, { document: { createElement: () => made } });
  try {
    element("p", { title: danger }, danger, child);
  } finally {
    Reflect.deleteProperty(globalThis, "document");
  }
  assert.deepEqual([made.attributes.get("title"), ...made.children], [escaped, escaped, child]);
  const at = new FakeElement();
  setText(at, danger);
  assert.equal(at.textContent, escaped);
  setAttribute(at, "aria-label", danger);
  assert.equal(at.attributes.get("aria-label"), escaped);
  showState(at, danger);
  assert.equal(at.textContent, escaped);
});
