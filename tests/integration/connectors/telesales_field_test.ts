/** Adds a fourth field of a contact to a copy of the project, by CONTRIBUTING's steps alone. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { runOwned } from "../../../sandbox/owned_process.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { DocShell } from "../../support/docs/doc_shell.ts";

/** The city, which is read as a region is. */
const migration = `alter table telesales.person add city text check (char_length(city) between 1 and 64),
  add constraint city_of_somebody check (name is not null or city is null);
create or replace view telesales.contacts with (security_barrier) as
  select name, phone, region, city from telesales.person
   where name is not null and objected_at is null and (erased_at is null or registered_at > erased_at);
grant insert (city), update (city) on telesales.person to telesales_writer;
-- What empties people empties the city too.
do $$
declare
  named text;
begin
  foreach named in array array['purge_people', 'rekey_people'] loop
    execute replace(replace(pg_get_functiondef(('telesales.' || named)::regproc),
      'region = null,', 'region = null, city = null,'),
      'region = case when still_open then p.region end,',
      'region = case when still_open then p.region end, city = case when still_open then p.city end,');
  end loop;
end
$$;
`;

type Edit = readonly [file: string, from: string | RegExp, to: string];
const edits: readonly Edit[] = [
  ["domain/telesales/contact.ts", "  region: readRegion,\n", "  region: readRegion,\n  city: readRegion,\n"],
  ["connectors/telesales/event_shapes.ts", /region: "(region|state)"/g, '$&, city: "city"'],
  ["connectors/telesales/example.json", '"region": "SP",', '"region": "SP", "city": "Santos",'],
  ["connectors/telesales/example.json", '"region": null,', '"region": null, "city": "Campinas",'],
  [
    "connectors/telesales/example.json",
    '"region": "RJ" },\n      { "name"',
    '"region": "RJ", "city": "Campinas" },\n      { "name"',
  ],
];
const contract: Edit = [
  "connectors/telesales/connector.json",
  "name,phone,region,",
  "name,phone,region,city,",
];

Deno.test("a field of a contact touches the domain's line, the shapes, a migration, the example and the contract", async () => {
  await using shell = await DocShell.open();
  const place = (file: string) => join(shell.folder, file);
  const edit = async ([file, from, to]: Edit) => {
    const before = await Deno.readTextFile(place(file));
    const after = before.replace(from, to);
    assert.notEqual(after, before, `${file} has another text by now`);
    await Deno.writeTextFile(place(file), after);
  };
  const deno = (...args: readonly string[]) =>
    runOwned(Deno.execPath(), {
      args: [...args],
      cwd: shell.folder,
      env: {
        BANK2_URL: "postgres://w@127.0.0.1:1/none",
        TELESALES_KEY_SECRET: "a secret of telesales, for tests alone",
      },
    }, waitMsMax);
  for (const one of edits) await edit(one);
  await Deno.writeTextFile(place("connectors/telesales/migrations/004_city.sql"), migration);

  const early = await deno("run", "-A", "cli/main.ts", "validate", "--connector", "telesales", "--offline");
  assert.match(early.stderr, /egress\.columns: Other options would also write city\n/);
  await edit(contract);
  const checked = await deno("check", "--config", "sandbox/dev.json", "connectors/telesales/mod.ts");
  assert.equal(checked.code, 0, checked.stderr);
  const test = ["test", "-A", "--no-check", "--config", "sandbox/dev.json", "--filter"];
  for (
    const [filter, file] of [["/telesales does/", "connectors_examples_test"], [
      "/telesales passes (erasure|canary)/",
      "connectors_kit_test",
    ]]
  ) {
    const { code, stdout, stderr } = await deno(
      ...test,
      filter ?? "",
      `tests/integration/connectors/${file}.ts`,
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /[12] passed/);
  }
});
