/**
 * Answers that differ from the recorded ones on purpose, by class, each with what is answered instead. The rows of
 * docs/differences.md under "Control API" say why.
 *
 * @module
 */

import type { RecordedAnswer } from "./rest_recording.ts";

/** What is answered instead: the recorded answer changed, or a status with a text. */
export type Instead =
  | ((recorded: RecordedAnswer) => RecordedAnswer)
  | { readonly status: number; readonly text: RegExp };

/** Steps that differ in one way, for one reason. */
export interface DifferenceClass {
  readonly why: string;
  readonly steps: readonly string[];
  readonly instead: Instead;
}

/** All of them. */
export const restDifferences: readonly DifferenceClass[] = [
  {
    why: "a request that is no HTTP path is refused in JSON like every other, not in HTML",
    steps: words(`http_double_slash http_encoded_dotdot http_bad_percent name_char_backslash name_char_newline
      name_char_nul name_char_del name_char_bad_utf8 name_char_raw_dquote name_char_raw_less name_char_raw_pipe
      name_empty_path`),
    instead: ({ text = "" }) => refusal(400, /<title>Error 400 ([^<]*)</.exec(text)?.[1] ?? ""),
  },
  {
    why:
      "a body that is no JSON, or not of the form that is expected, is the client's fault: 400 instead of 500",
    steps: words(`create_malformed create_malformed2 create_malformed3 create_empty_body create_null_body
      create_array_body create_string_body create_empty_object create_no_config create_config_null create_config_array
      create_config_nested create_config_list_value create_unknown_top_field create_initial_state_bad
      create_initial_state_empty create_initial_state_number create_trailing config_put_empty_body
      config_put_malformed config_put_null config_put_array config_put_wrapped config_patch_empty_body
      offsets_patch_offset_scalar offsets_patch_list_null_entry offsets_patch_bare_list offsets_patch_empty_body
      offsets_patch_malformed validate_empty_body validate_malformed validate_wrapped logger_put_empty
      logger_put_malformed`),
    instead: { status: 400, text: /^Cannot read the request: / },
  },
  {
    why: "a configuration without a class is told by the names of its options: values can be secrets",
    steps: words("create_config_empty create_no_class config_put_empty"),
    instead: { status: 400, text: /^Connector config \{[a-z., ]*\} contains no connector type$/ },
  },
  {
    why: "validate of no or an unknown class is the client's fault: 400 instead of 500",
    steps: words("validate_no_class validate_empty validate_unknown_plugin"),
    instead: {
      status: 400,
      text: /contains no connector type$|Failed to find any class that implements Connector/,
    },
  },
  {
    why: "a class that is no plugin is unknown: 404 instead of 500",
    steps: words("plugin_config_notplugin"),
    instead: { status: 404, text: /^Unknown plugin java\.lang\.String\.$/ },
  },
  {
    why: "what would fail when the connector starts is told at once",
    steps: words(
      `create_predicate_unknown create_client_override_bad create_jdbc_missing_url create_jdbc_bad_enum
      create_jdbc_pk_missing`,
    ),
    instead: {
      status: 400,
      text: /^Connector configuration is invalid and contains the following \d error\(s\):\n/,
    },
  },
  {
    why: "passwords are masked",
    steps: words(
      "create_jdbc_valid get_jdbc tasks_jdbc list_expand_info list_expand_both failj_create failj_dburl_create",
    ),
    instead: (recorded) => ({ ...recorded, body: masked(recorded.body) }),
  },
  {
    why: "a name with a slash or a percent sign can be addressed: where it was made says how",
    steps: words("create_slash create_special"),
    instead: (recorded) => ({
      ...recorded,
      location: (recorded.location ?? "").replace("or/slash", "or%2Fslash").replace("%25", "%2525"),
    }),
  },
  {
    why: "a name with a slash or a percent sign can be addressed: it's shown",
    steps: words("name_slash_get name_special_get name_slash_status name_special_status"),
    instead: { status: 200, text: /^\{"name":"or(\/slash|-%25\+\?#&;=\\"<>)",/ },
  },
  {
    why: "a name with a slash or a percent sign can be addressed: it's changed",
    steps: words("name_slash_put_config name_special_put_config"),
    instead: { status: 200, text: /"file":"[^"]*\/data\/q\.txt"/ },
  },
  {
    why: "a name with a slash or a percent sign can be addressed: it's paused",
    steps: words("name_slash_pause name_special_pause"),
    instead: { status: 202, text: /^$/ },
  },
  {
    why: "a name with a slash or a percent sign can be addressed: it's deleted",
    steps: words("name_slash_delete name_special_delete"),
    instead: { status: 204, text: /^$/ },
  },
  {
    why: "a name with a slash or a percent sign can be addressed: it's made",
    steps: words("name_put_create_slash"),
    instead: { status: 201, text: /^\{"name":"or\/put",/ },
  },
  {
    why: "a name with a slash or a percent sign can be addressed: there is none",
    steps: words("name_char_slash name_char_percent name_char_dotdotslash"),
    instead: { status: 404, text: /^Connector (a\/b|a%b|a\.\.\/b) not found$/ },
  },
  {
    why: "a name with a slash or a percent sign can be addressed: it was deleted before",
    steps: words("config_patch_name_list fail_expand"),
    instead: (recorded) => ({ ...recorded, body: without(recorded.body, ["or/slash", 'or-%25+?#&;="<>']) }),
  },
  {
    why: "PATCH cannot give a connector another name than its own",
    steps: words("config_patch_name"),
    instead: {
      status: 400,
      text: /^Connector name configuration \(other\) doesn't match connector name in the URL \(or-pname\)$/,
    },
  },
  {
    why: "PATCH cannot give a connector another name than its own: it kept it",
    steps: words("config_patch_name_get"),
    instead: (recorded) => ({
      ...recorded,
      body: JSON.parse(JSON.stringify(recorded.body).replace('"name":"other"', '"name":"or-pname"')),
    }),
  },
  {
    why: "offsets that cannot be are refused before anything is changed, with the reason: 400 instead of 500",
    steps: words(`offsets_patch_negative offsets_patch_part_neg offsets_patch_part_range
      offsets_patch_topic_unknown`),
    instead: { status: 400, text: /^Cannot set the offsets of connector or-file: .* (is below 0|in Kafka)$/ },
  },
  {
    why: "the SQL sink is another one, with options of its own",
    steps: words("plugin_config_jdbc"),
    instead: { status: 200, text: /^\[\{"name":"connection\.url","type":"STRING","required":true,/ },
  },
  {
    why: "the SQL sink is another one, with options of its own, and validate logs in to its database",
    steps: words("validate_jdbc_ok"),
    instead: {
      status: 200,
      text: /^\{"name":"sluice\.sinks\.PostgresSinkConnector","error_count":0,"groups":\["Common"/,
    },
  },
  {
    why: "what would fail when the connector starts is told at once: by validate too",
    steps: words("validate_jdbc_bad"),
    instead: { status: 200, text: /^\{"name":"sluice\.sinks\.PostgresSinkConnector","error_count":2,/ },
  },
  {
    why: "converter.type is said by where a converter is named, so nobody is asked for it",
    steps: words("plugin_config_converter"),
    instead: {
      status: 200,
      text: /^\[\{"name":"converter\.type","type":"STRING","required":false,"default_value":"value"/,
    },
  },
  {
    why: "converter.type is said by where a converter is named, so nobody is asked for it: in validate",
    steps: words("validate_converter_prefix"),
    instead: {
      status: 200,
      text: /"error_count":1,.*Invalid value maybe for configuration schemas\.enable: /,
    },
  },
  {
    why: "client settings of a connector are shown without what Java's clients say of them",
    steps: words("validate_override"),
    instead: {
      status: 200,
      text: /"error_count":0,.*"name":"consumer\.override\.max\.poll\.records","type":"STRING"/,
    },
  },
  {
    why: "a level for the cluster is set at once: the cluster is this process",
    steps: words("logger_put_worker"),
    instead: { status: 200, text: /^\["oracle\.test\.ns"\]$/ },
  },
  {
    why: "a level for the cluster is set at once: nothing is left to change",
    steps: words("logger_put_scope_bogus"),
    instead: { status: 200, text: /^\[\]$/ },
  },
  {
    why: "a database that is away is waited for, and the task's reason says so",
    steps: words("failj_dburl_status"),
    instead: {
      status: 200,
      text:
        /"tasks":\[\{"id":0,"state":"RUNNING","worker_id":"[^"]*","version":"1","reason":"Database at 127\.0\.0\.1:1\/none \(connection\.url\) is away since [^"]+"\}\]/,
    },
  },
];

function without(body: unknown, names: readonly string[]): unknown {
  if (Array.isArray(body)) return body.filter((name) => !names.includes(name));
  return Object.fromEntries(Object.entries(body ?? {}).filter(([name]) => !names.includes(name)));
}

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}

function refusal(status: number, message: string): RecordedAnswer {
  return { status, contentType: "application/json", body: { error_code: status, message } };
}

function masked(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll(/("connection\.password":)"[^"]*"/g, '$1"********"'));
}

/** Options that Connect doesn't have, and that forms show with its own. */
export const ownOptions: readonly string[] = words(
  `errors.deadletterqueue.raw.enable errors.deadletterqueue.key.secret
  errors.tolerance.max.ratio record.bytes.max record.headers.max record.values.max offset.flush.interval.ms
  task.restart.max task.restart.backoff.ms task.stall.timeout.ms`,
);

/** Groups of such options. */
export const ownGroups: readonly string[] = ["Delivery"];
