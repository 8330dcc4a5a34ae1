/** Additions to a table of the batch law: constraints over rows, and triggers. @module */

import type { ConnectValue } from "../../../connect/api/schema.ts";
import type { KeyKind, ValueKind } from "./batch_law_kinds.ts";

/** An addition that makes a row's fate depend on other rows or on code in the database. */
export interface Extra {
  /** Its own columns, besides the case's. */
  readonly columns: (key: KeyKind | null) => Readonly<Record<string, ValueKind>>;
  /** Statements after `create table` and the stored rows; `{t}` is the table, `{s}` the schema. */
  readonly sql: (keyType: string | null) => string;
  /** Whether it needs a key of one column. */
  readonly needsKey?: true;
  /** A type of key that it needs. */
  readonly keyType?: string;
  /** Whether the commit checks its constraint: then the put counts as a whole. */
  readonly isDeferred?: true;
}

const word: ValueKind = { type: "text", good: ["x", "y", "bad", "z"], bad: ["bad"], stored: ["'old'"] };
const withWord = () => ({ w: word });
const noColumns = () => ({});

function column(type: string, good: readonly ConnectValue[], bad: readonly ConnectValue[] = []): ValueKind {
  return { type, good, bad, stored: [] };
}

/** A row trigger on the table; its body sees `new` and `old`. */
function trigger(name: string, when: string, body: string): string {
  const kind = / deferrable /.test(when) ? "constraint trigger" : "trigger";
  const place = / on \{t\}/.test(when) ? when : `${when} on {t}`;
  const declared = body.includes("found") ? "declare found text; " : "";
  const end = /return (new|old|null);/.test(body) ? "" : " return coalesce(new, old);";
  return [
    `create function {s}.{n}_${name}{i}() returns trigger language plpgsql as $f$`,
    `  ${declared}begin ${body}${end} end $f$;`,
    `create ${kind} ${name}{i} ${place} for each row execute function {s}.{n}_${name}{i}();`,
  ].join("\n");
}

const onWrite = "before insert or update";

function refusing(sqlstate: string): Extra {
  const body = `if new.w = 'bad' then raise exception 'refused' using errcode = '${sqlstate}'; end if;`;
  return { columns: withWord, sql: () => trigger("refuses", onWrite, body) };
}

function referencing(action: string): Extra {
  return {
    needsKey: true,
    columns: (key) => ({ up: column(key?.type ?? "int", spellingsOf(key)) }),
    sql: () => `alter table {t} add foreign key (up) references {t} ${action};`,
  };
}

function spellingsOf(key: KeyKind | null): readonly ConnectValue[] {
  const spellings = key?.spellings ?? [];
  return spellings.flatMap(([first = null, second]) => second === undefined ? [first] : [first, second]);
}

export const extras: Readonly<Record<string, Extra>> = {
  unique: {
    columns: () => ({ u: { ...column("int unique", [1n, 2n, 3n]), stored: ["{k}"] } }),
    sql: () => "",
  },
  "unique nulls not distinct": {
    columns: () => ({ u: { ...column("int unique nulls not distinct", [1n, 2n, 3n]), stored: ["{k}"] } }),
    sql: () => "",
  },
  "unique index on some rows": {
    columns: withWord,
    sql: () => "create unique index on {t} (w) where w in ('x', 'y');",
  },
  check: { columns: withWord, sql: () => "alter table {t} add check (w <> 'bad');" },
  "foreign key": { columns: () => ({ f: column("int references {s}.refs", [1n, 2n], [9n]) }), sql: () => "" },
  "foreign key to itself": referencing(""),
  "foreign key to itself, on delete cascade": referencing("on delete cascade"),
  "foreign key to itself, on delete set null": referencing("on delete set null"),
  "unique, deferred": {
    isDeferred: true,
    columns: () => ({ u: { ...column("int", [1n, 2n, 3n]), stored: ["{k}"] } }),
    sql: () => "alter table {t} add unique (u) deferrable initially deferred;",
  },
  "foreign key, deferred": {
    isDeferred: true,
    columns: () => ({ f: column("int", [1n, 2n, 9n]) }),
    sql: () => "alter table {t} add foreign key (f) references {s}.refs deferrable initially deferred;",
  },
  "foreign key to itself, deferred": { ...referencing("deferrable initially deferred"), isDeferred: true },
  "constraint trigger, deferred": {
    isDeferred: true,
    columns: withWord,
    sql: () =>
      trigger(
        "counts",
        "after insert or update on {t} deferrable initially deferred",
        "if (select count(*) from {t} where w = 'bad') > 1 then raise exception 'two' using errcode = 'UX005'; end if;",
      ),
  },
  "ranges without overlap": {
    columns: () => ({ span: column("int4range", ["[1,3)", "[2,4)", "[5,6)"], ["[3,1)"]) }),
    sql: () => "alter table {t} add exclude using gist (span with &&);",
  },
  "trigger refuses, own code": refusing("UX001"),
  "trigger refuses, P0001": refusing("P0001"),
  "trigger refuses, 42501": refusing("42501"),
  "trigger refuses, 42P01": refusing("42P01"),
  "trigger refuses, 53100": refusing("53100"),
  "trigger refuses, 23505": refusing("23505"),
  "trigger refuses, 21000": refusing("21000"),
  "trigger with two rows of a subquery": {
    columns: withWord,
    sql: () =>
      trigger(
        "refuses",
        onWrite,
        "if new.w = 'bad' then new.w := (select x from (values ('a'), ('b')) as v(x)); end if;",
      ),
  },
  "trigger with no row for into strict": {
    columns: withWord,
    sql: () =>
      trigger(
        "refuses",
        onWrite,
        "if new.w = 'bad' then select 'a' into strict found where false; end if;",
      ),
  },
  "trigger with a table that isn't there": {
    columns: withWord,
    sql: () => trigger("refuses", onWrite, "if new.w = 'bad' then insert into {s}.gone values (1); end if;"),
  },
  "trigger changes a value": {
    columns: withWord,
    sql: () => trigger("changes", onWrite, "new.w := upper(new.w);"),
  },
  "trigger skips rows": {
    columns: withWord,
    sql: () => trigger("skips", onWrite, "if new.w = 'z' then return null; end if; return new;"),
  },
  "trigger changes the key": {
    needsKey: true,
    keyType: "text",
    columns: noColumns,
    sql: () => trigger("rekeys", onWrite, "new.k0 := lower(new.k0);"),
  },
  "trigger counts updates": {
    columns: () => ({ v: column("int default 0", []) }),
    sql: () => trigger("versions", "before update", "new.v := old.v + 1;"),
  },
  "trigger keeps what was": {
    columns: () => ({ w: word, was: column("text", []) }),
    sql: () => trigger("keeps", "before update", "new.was := old.w;"),
  },
  "trigger counts rows": {
    columns: noColumns,
    sql: () =>
      trigger(
        "counts",
        "after insert or delete",
        "update {s}.counts set n = n + case tg_op when 'INSERT' then 1 else -1 end;",
      ),
  },
  "trigger allows three rows": {
    columns: noColumns,
    sql: () =>
      trigger(
        "limits",
        "after insert",
        "if (select count(*) from {t}) > 3 then raise exception 'full' using errcode = 'UX002'; end if;",
      ),
  },
  "trigger refuses deletes": {
    columns: withWord,
    sql: () =>
      trigger(
        "guards",
        "before delete",
        "if old.w = 'x' then raise exception 'kept' using errcode = 'UX003'; end if;",
      ),
  },
  "row level security": {
    columns: withWord,
    sql: () =>
      `alter table {t} enable row level security; create policy p{i} on {t} using (true) with check (w <> 'bad');`,
  },
  "row level security hides rows": {
    columns: withWord,
    sql: () =>
      `alter table {t} enable row level security;
       create policy p{i} on {t} using (w is distinct from 'x') with check (true);`,
  },
  "rule of an updated column": {
    columns: withWord,
    sql: () =>
      trigger(
        "orders",
        "before update",
        "if new.w < old.w then raise exception 'backwards' using errcode = 'UX004'; end if;",
      ),
  },
};

/** Tables that extras read, by name. */
export const tablesOfExtras: Readonly<Record<string, string>> = {
  refs: "create table {s}.refs (id int primary key); insert into {s}.refs values (1), (2);",
  counts: "create table {s}.counts (n int); insert into {s}.counts values (0);",
};
