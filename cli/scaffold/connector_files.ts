import { domainFiles, fixedOf, jsonEvents, moduleFile } from "./connector_code.ts";
import { exampleEvent, fieldTypes, type NewConnector, type NewFile, schemaOf } from "./connector_spec.ts";

/** Returns all files of a new connector; they pass the project's tests. */
export function connectorFiles(connector: NewConnector): readonly NewFile[] {
  const { name, code } = connector;
  const own = `connectors/${name}`;
  return [
    { path: `${own}/connector.json`, text: configText(connector) },
    { path: `${own}/migrations/001_${schemaOf(connector)}.sql`, text: migrationText(connector) },
    { path: `${own}/example.json`, text: exampleText(connector) },
    { path: `${own}/README.md`, text: readmeText(connector) },
    ...(code === "domain" ? domainFiles(connector) : code === "module" ? [moduleFile(connector)] : []),
  ];
}

const variableOf = (connector: NewConnector) => schemaOf(connector).toUpperCase();
const columnsOf = ({ fields }: NewConnector) => fields.map(({ name }) => name).join(",");

function configText(connector: NewConnector): string {
  const { name, topic, code } = connector;
  const columns = columnsOf(connector);
  const paths = connector.fields.map(({ path }) => path).join(",");
  const policy = code === "none"
    ? {
      ...jsonEvents,
      "transforms": "keep",
      "transforms.keep.type": "sluice.transforms.Project$Value",
      "transforms.keep.include": paths,
      ...fixedOf(connector),
    }
    : {};
  return json({
    name,
    config: {
      "connector.class": code === "none" ? "PostgresSink" : `sluice.${name}.EntrySink`,
      "topics": topic,
      ...policy,
      "connection.url": `\${env:${variableOf(connector)}_URL}`,
      "egress.columns": columns,
      "errors.tolerance": "all",
      "errors.deadletterqueue.topic.name": `${name}.dlq`,
      "errors.deadletterqueue.topic.replication.factor": "-1",
      "errors.deadletterqueue.context.headers.enable": "true",
    },
  });
}

function migrationText(connector: NewConnector): string {
  const { fields: [key, ...others] } = connector;
  const schema = schemaOf(connector);
  const columns = [
    `${key.name} ${key.type} primary key`,
    ...others.map(({ name, type }) => `${name} ${type}`),
  ];
  return `-- What ${connector.name} keeps, and the role that may write it.

create schema ${schema};

create table ${schema}.entry (
  ${columns.join(",\n  ")}
);

do $$
begin
  create role ${schema}_writer nologin;
exception when duplicate_object or unique_violation then
  null; -- roles belong to the whole server: another database of it has made it
end
$$;
do $$
begin
  execute format('grant usage on schema %I to ${schema}_writer', current_schema()); -- where sluice_offsets is
end
$$;

grant usage on schema ${schema} to ${schema}_writer;
grant select, insert, update on ${schema}.entry to ${schema}_writer; -- ON CONFLICT reads what it compares
grant select, insert, update on sluice_offsets to ${schema}_writer;
`;
}

function exampleText(connector: NewConnector): string {
  const { name, topic, fields } = connector;
  const [, ...others] = fields;
  const event = exampleEvent(fields);
  const row = Object.fromEntries(fields.map((field) => [field.name, fieldTypes[field.type].row]));
  return json({
    about: `${name} keeps ${
      columnsOf(connector)
    } of an event and nothing else; the last one with a key counts.`,
    records: [
      { topic, key: "1", value: { ...event, never_kept: "stays behind" } },
      { topic, key: "1", value: event },
      { topic, key: "1", value: exampleEvent(others) },
      { topic, key: "1", value: "not JSON" },
    ],
    rows: { [`${schemaOf(connector)}.entry`]: [row] },
    rejected: {
      "2": connector.code === "none" ? "key_missing" : `${fields[0].name}_missing`,
      "3": "json_unreadable",
    },
  });
}

function readmeText(connector: NewConnector): string {
  const { name, topic, code } = connector;
  const variable = variableOf(connector);
  const own = code === "none"
    ? ""
    : "\nIts rules are code; `example.json` shows what they let pass and refuse.\n";
  return `# ${name}

Keeps ${columnsOf(connector)} of the events of \`${topic}\` in \`${
    schemaOf(connector)
  }.entry\`, one row a key.
${own}
| variable | what |
| --- | --- |
| \`${variable}_URL\` | the worker's login; \`migrate\` makes it |
| \`${variable}_ADMIN_URL\` | the administrator's, for \`migrate\` alone |

\`\`\`sh
${commandOf(connector, "migrate")}
${commandOf(connector, "start")}
\`\`\`
`;
}

export function commandOf({ name, program, configDir }: NewConnector, command: string): string {
  const place = configDir === undefined ? "" : ` --config-dir ${configDir}`;
  return `${program} ${command} --connector ${name}${place}`;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
