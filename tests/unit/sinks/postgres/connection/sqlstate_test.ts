import assert from "node:assert/strict";
import { networkText } from "../../../../../connect/security/network_failure.ts";
import {
  classify,
  NoAnswerError,
  sqlFacts,
  sqlFactsText,
} from "../../../../../sinks/postgres/connection/sqlstate.ts";

const table: Readonly<Record<string, readonly string[]>> = {
  outage: [
    ...[
      "08000",
      "08003",
      "08006",
      "08P01",
      "57P01",
      "57P02",
      "57P03",
      "57P05",
      "53000",
      "53100",
      "53200",
      "53300",
    ],
    ...["25006", "25P03", "55P03", "58030", "58P01", "57P04", "40003"],
    ...["CONNECTION_CLOSED", "CONNECTION_DESTROYED", "CONNECTION_ENDED", "CONNECT_TIMEOUT", "ECONNREFUSED"],
    ...["ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"],
  ],
  timeout: ["57014", "25P04"],
  retry_now: ["40001", "40P01"],
  auth: [
    "28000",
    "28P01",
    "3D000",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "SASL_SIGNATURE_MISMATCH",
  ],
  data: [
    ...["22001", "22003", "22021", "22P02", "23502", "23505", "23514", "54000", "54001", "P0001", "44000"],
    ...["21000", "P0002", "P0004", "55P04", "20000", "38000", "UX001", "45000"],
  ],
  structure: ["42P01", "42703", "42501", "42601", "42P10", "428C9", "3F000", "0A000", "55000"],
  fatal: ["53400", "XX000", "XX001", "26000", "25P02", "UNDEFINED_VALUE"],
};

for (const [expected, codes] of Object.entries(table)) {
  Deno.test(`classify() takes ${codes[0]} and the like as ${expected}`, () => {
    for (const code of codes) assert.equal(classify({ code }), expected, code);
  });
}

Deno.test("classify() takes what a trigger, function or policy meets as the row's", () => {
  const where = "PL/pgSQL function f() line 1 at SQL statement";
  for (const code of ["42P01", "42501", "3F000", "0A000", "28000", "2D000", "25001"]) {
    assert.equal(classify({ code, where }), "data", code);
  }
  assert.equal(classify({ code: "42501", routine: "ExecWithCheckOptions" }), "data");
});

Deno.test("classify() takes an outage inside a trigger as one, unless a RAISE made it", () => {
  const where = "PL/pgSQL function f() line 1 at RAISE";
  for (const code of ["55P03", "57014", "40001", "53200", "08006", "58030", "XX000"]) {
    assert.notEqual(classify({ code, where }), "data", code);
    assert.equal(classify({ code, where, routine: "exec_stmt_raise" }), "data", code);
  }
});

Deno.test("classify() takes a name or right that our own bookkeeping lacks as config", () => {
  for (const code of ["42P01", "42501", "3F000"]) assert.equal(classify({ code }, "bookkeeping"), "config");
});

Deno.test("classify() takes a data error of our own bookkeeping as fatal: no record is to blame", () => {
  assert.equal(classify({ code: "23505" }, "bookkeeping"), "fatal");
  assert.equal(classify({ code: "08006" }, "bookkeeping"), "outage");
});

Deno.test("classify() tries a statement again that an ALTER TABLE made stale", () => {
  assert.equal(classify({ code: "0A000", routine: "RevalidateCachedQuery" }), "retry_now");
});

Deno.test("classify() takes no answer as an outage, and what isn't from the database as fatal", () => {
  assert.equal(classify(new NoAnswerError("Cannot write: no answer")), "outage");
  assert.equal(classify(new Deno.errors.ConnectionReset("x")), "outage");
  assert.equal(classify(new Deno.errors.InvalidData("invalid peer certificate: UnknownIssuer")), "auth");
  for (const other of [new TypeError("x"), new Error("x"), "x", null, undefined, 7]) {
    assert.equal(classify(other), "fatal");
  }
});

const marker = "canary-7f3a";
const violated = {
  name: "PostgresError",
  code: "23505",
  message: `duplicate key ${marker}`,
  detail: `Key (phone)=(${marker}) already exists.`,
  hint: marker,
  where: marker,
  query: marker,
  internal_query: marker,
  parameters: [marker],
  schema_name: "telesales",
  table_name: "contact",
  constraint_name: "contact_pkey",
};

Deno.test("sqlFacts() keeps names and drops every text that can quote a row", () => {
  assert.deepEqual(sqlFacts(violated), {
    sqlstate: "23505",
    schema: "telesales",
    table: "contact",
    constraint: "contact_pkey",
  });
  assert.doesNotMatch(JSON.stringify(sqlFacts(violated)) + sqlFactsText(violated), new RegExp(marker));
});

Deno.test("sqlFacts() of what no server sent has a code and no SQLSTATE", () => {
  assert.deepEqual(sqlFacts({ code: "ECONNREFUSED", message: marker }), {
    sqlstate: null,
    code: "ECONNREFUSED",
  });
  assert.deepEqual(sqlFacts({ code: "EPIPE" }), { sqlstate: null, code: "EPIPE" });
  assert.deepEqual(sqlFacts(new Error(marker)), { sqlstate: null });
});

Deno.test("sqlFactsText() says what a person needs to go on", () => {
  assert.equal(
    sqlFactsText(violated),
    "SQLSTATE 23505 unique_violation, table telesales.contact, constraint contact_pkey",
  );
  assert.equal(sqlFactsText({ code: "22ZZZ" }), "SQLSTATE 22ZZZ");
  assert.equal(sqlFactsText({ code: "ECONNREFUSED" }), "ECONNREFUSED, nothing listens there");
  assert.equal(sqlFactsText(new TypeError(marker)), "TypeError");
  assert.match(
    sqlFactsText({ code: "CERT_HAS_EXPIRED" }),
    /^TLS refused: the certificate has expired or isn't valid yet \(CERT_HAS_EXPIRED\)$/,
  );
});

Deno.test("sqlFactsText() shows no names that code of a trigger has put there", () => {
  const names = { column_name: "Ana Lima", table_name: "Ana Lima", constraint_name: "Ana Lima" };
  const raised = { ...names, schema_name: "Ana Lima", data_type_name: "Ana Lima", message: "Ana Lima" };
  assert.equal(sqlFactsText({ ...raised, code: "P0001" }), "SQLSTATE P0001 raise_exception");
  assert.equal(
    sqlFactsText({ ...raised, code: "23505", routine: "exec_stmt_raise" }),
    "SQLSTATE 23505 unique_violation",
  );
  assert.match(
    sqlFactsText({ ...raised, code: "23505", routine: "_bt_check_unique" }),
    /constraint Ana Lima/,
  );
});

Deno.test("each code of a lost connection is told with its meaning, not as a code alone", () => {
  const codes = [
    ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "CONNECT_TIMEOUT", "NO_ANSWER"],
    ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOTCONN", "ESHUTDOWN"],
    ...["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME", "ENODATA", "ESERVFAIL"],
    ...["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN", "ENETRESET", "EADDRNOTAVAIL", "ENOENT"],
    ...["ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END", "ERR_SOCKET_CLOSED"],
  ];
  for (const code of codes) {
    const error = Object.assign(new Error("s3cret"), { code });
    assert.equal(classify(error), "outage", code);
    assert.match(networkText(code), new RegExp(`^${code}, [a-z]`));
  }
});
