/** What span forms write, read by PostgreSQL: the same values as by cells. */

import assert from "node:assert/strict";
import { once } from "node:events";
import fc from "fast-check";
import postgres from "postgres";
import { tableColumnsSql } from "../../../sinks/postgres/statements/table_look.ts";
import { type CatalogRow, type PostgresColumn, tableOf } from "../../../sinks/postgres/tables/catalog.ts";
import { type PostgresSpanForm, spanForm } from "../../../sinks/postgres/tables/span_forms.ts";
import { OutBuffer } from "../../../sinks/postgres/wire/out_buffer.ts";
import { formColumns, plainSpans } from "../../support/spans/plain_spans.ts";
import { anySpan } from "../../support/spans/random_spans.ts";
import {
  cellOf,
  elementOf,
  elementOfCell,
  type SampleSpan,
  takes,
  wordSpan,
} from "../../support/spans/span_columns.ts";
import { sampledTypesSetup } from "../../support/sinks/type_samples.ts";
import { SpanKind } from "../../../connect/api/spans.ts";
import { freshDatabase, sharedWorld } from "../../support/world.ts";

/** The same columns in SQL; others have their name. */
const sqlTypes: Readonly<Record<string, string>> = {
  "an enum": "sample_mood",
  "interval minute": "interval minute",
};
const randomSpans = 4_000;

await sharedWorld();

Deno.test("PostgreSQL stores the same of spans as of cells", async (t) => {
  await using database = await freshDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(sampledTypesSetup);
    for (const [index, name] of Object.keys(formColumns).entries()) {
      await t.step(name, async () => {
        const type = sqlTypes[name] ?? name;
        const table = `spans_${index}`;
        await sql.unsafe(`create domain ${table}_domain as ${type};
          create table ${table} (way text, place int, plain ${type}, domain ${table}_domain)`);
        const rows = await sql.unsafe<CatalogRow[]>(tableColumnsSql, [table]);
        const { columns } = tableOf({ schema: null, name: table }, rows);
        for (const column of [columns.get("plain"), columns.get("domain")]) {
          assert.ok(column !== undefined);
          await compare(sql, table, column, plainSpans[name] ?? []);
        }
      });
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
});

async function compare(
  sql: postgres.Sql,
  table: string,
  column: PostgresColumn,
  plain: readonly SampleSpan[],
): Promise<void> {
  const form = spanForm(column);
  assert.ok(form !== null);
  const random = column.takesEveryCell ? fc.sample(anySpan, { numRuns: randomSpans, seed: 16 }) : [];
  const spans = [...plain, wordSpan(SpanKind.null, 0n, null), ...random].filter((span) => takes(form, span));
  const cells = spans.map(({ value }) => cellOf(column, value) ?? "");
  const elements = spans.map((span) => elementOf(form, span));
  await sql.unsafe(`delete from ${table}`);
  await insert(sql, { table, column, way: "cells" }, `${literal(`{${cells.join()}}`)}::${column.carrier}[]`);
  await insertElements(sql, { table, column, way: "spans" }, elements);
  await insertElements(
    sql,
    { table, column, way: "spans of cells" },
    cells.map((cell) => elementOfCell(form, cell)),
  );
  const counts = await sql.unsafe<{ way: string; count: number }[]>(
    `select way, count(*)::int as count from ${table} group by way order by way`,
  );
  assert.deepEqual(
    counts.map(({ way, count }) => [way, count]),
    ["cells", "spans", "spans of cells"].map((way) => [way, spans.length]),
  );
  const different = await sql.unsafe(`
    select from ${table} a join ${table} b on b.place = a.place and b.way <> a.way
     where a.way = 'cells' and a.${column.sql}::text is distinct from b.${column.sql}::text`);
  assert.equal(different.length, 0);
}

interface Target {
  readonly table: string;
  readonly column: PostgresColumn;
  readonly way: string;
}

async function insert(sql: postgres.Sql, { table, column, way }: Target, array: string): Promise<void> {
  await sql.unsafe(`
    insert into ${table} (way, place, ${column.sql})
    select '${way}', u.place, ${column.fromElement("u.c0")}
      from unnest(${array}) with ordinality as u(c0, place)`);
}

/** Sends the elements as an array parameter has them. Binary ones go by COPY, since the driver sends text only. */
async function insertElements(
  sql: postgres.Sql,
  target: Target,
  elements: readonly Uint8Array[],
): Promise<void> {
  const { column } = target;
  const form = spanForm(column);
  assert.ok(form !== null);
  if (form.format === 0) {
    const text = elements.map((element) => new TextDecoder().decode(element)).join();
    return await insert(sql, target, `${literal(`{${text}}`)}::${column.carrier}[]`);
  }
  await sql.unsafe(`drop table if exists sent; create table sent (elements ${column.carrier}[])`);
  const stream = await sql`copy sent from stdin (format binary)`.writable();
  stream.end(copyOf(form, elements));
  await once(stream, "finish");
  await insert(sql, target, "(select elements from sent)");
}

/** COPY's binary format: a header, one row of one field, and the end. */
function copyOf(form: PostgresSpanForm, elements: readonly Uint8Array[]): Uint8Array {
  const out = new OutBuffer();
  out.ascii("PGCOPY\n");
  for (const byte of [0xff, 0x0d, 0x0a, 0]) out.uint8(byte);
  for (let word = 0; word < 2; word++) out.int32(0);
  out.int16(1);
  const field = out.beginLength();
  for (const word of [1, 1, form.elementOid, elements.length, 1]) out.int32(word);
  for (const element of elements) out.bytes(element, 0, element.length);
  out.endLength(field);
  out.int16(-1);
  return out.written().slice();
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
