/** Files with mistakes. @module */

import { join } from "node:path";
import { wrongValues } from "./mistake_list.ts";

/** A configuration without mistakes. */
export const goodConfig = {
  "connector.class": "PostgresSink",
  "topics": "purchases",
  "connection.url": "${env:TOTALS_URL}",
  "insert.mode": "upsert",
  "pk.mode": "record_value",
  "pk.fields": "order_id",
};
const keep = {
  "transforms.keep.type": "sluice.transforms.Project$Value",
  "transforms.keep.include": "order_id",
};
const good = JSON.stringify({ name: "totals", config: goodConfig });
const lines = Object.entries(goodConfig).map(([name, value]) => `${name}=${value}\n`).join("");

/** Little-endian with a byte order mark. */
function utf16(text: string): Uint8Array {
  return new Uint8Array([0xff, 0xfe, ...[...text].flatMap((char) => [char.charCodeAt(0), 0])]);
}

const files: Readonly<Record<string, string | Uint8Array>> = {
  "good.json": good,
  "worker.properties": "bootstrap.servers=127.0.0.1:1\n",
  "empty.json": "",
  "utf16.json": utf16(good),
  "binary.json": new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0x02, 0x01, 0x00, 0xe9, 0x00]),
  "comment.json": `{\n  // of the shop\n  "name": "totals"\n}`,
  "comma.json": `{"name": "totals", "config": {"topics": "a",}}`,
  "quotes.json": `{'name': 'totals'}`,
  "cut.json": good.slice(0, 60),
  "two.json": good + good,
  "twice.json": `{"name": "totals", "config": {"topics": "a", "topics": "b"}}`,
  "list.json": `[${good}]`,
  "answer.json": JSON.stringify({ name: "totals", config: goodConfig, tasks: [], type: "sink" }),
  "unnamed.json": JSON.stringify(goodConfig),
  "misnamed.json": JSON.stringify({ name: "totals", configs: goodConfig }),
  "nested.json": JSON.stringify({
    name: "totals",
    config: { ...goodConfig, "topics": ["a"], "pk.fields": null },
  }),
  "properties.json": `name=totals\n${lines}`,
  "json.properties": good,
  "names.properties": `name=totals\ntopics=a\n${lines}`,
  "escape.properties": `name=totals\nconnection.password=\\user\n${lines}`,
  "latin1.properties": new Uint8Array([...new TextEncoder().encode(`${lines}name=caf`), 0xe9]),
  "empty.properties": "",
  "no-url.json": JSON.stringify({
    name: "totals",
    config: { ...goodConfig, "connection.url": "postgres://a@b/c" },
  }),
  "records.json": `{"topic": "purchases", "value": {"order_id": 1}}\n`,
};

/** Writes all of them into a folder. */
export async function writeMistakeFiles(folder: string): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await (typeof content === "string" ? Deno.writeTextFile(path, content) : Deno.writeFile(path, content));
  }
  for (const [index, [name, value]] of wrongValues.entries()) {
    const config = { ...goodConfig, ...(name === "transforms" ? keep : {}), [name]: value };
    await Deno.writeTextFile(
      join(folder, `value-${index + 1}.json`),
      JSON.stringify({ name: "totals", config }),
    );
  }
  await Deno.mkdir(join(folder, "folder.json"));
  await Deno.mkdir(join(folder, "bare"));
  await Deno.symlink("loop.json", join(folder, "loop.json"));
  await Deno.mkdir(join(folder, "broken/totals"), { recursive: true });
  await Deno.writeTextFile(join(folder, "broken/totals/connector.json"), '{"name"');
  await Deno.mkdir(join(folder, "looped/totals"), { recursive: true });
  await Deno.symlink("connector.json", join(folder, "looped/totals/connector.json"));
  await Deno.mkdir(join(folder, "second/telesales"), { recursive: true });
  await Deno.writeTextFile(join(folder, "second/telesales/connector.json"), good);
}
