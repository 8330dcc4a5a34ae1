/** What a file exports, another one uses: a name that is its own business has no `export`. */

import assert from "node:assert/strict";
import { exportsOf, importsOf } from "./module_names.ts";
import { sourceFiles, textOf } from "./source_files.ts";

/** What others import by the package's name. */
const published = ["mod.ts", "tests/kit/mod.ts"];

/** Loaded by name, or written into a program that is compiled. */
const loaded = [
  "cli/embedded.ts: carry",
  "connectors/billing/mod.ts: connector",
  "tests/support/leaky_connectors/leaky/mod.ts: connector",
  "tests/support/look_around.ts: connector",
  "tests/tidy/lint_plugin.ts: default",
];

/** Still exported for no other file. Nothing may be added. */
const left: readonly string[] = [
  "connect/config/alias_plugin.ts: PluginOutcome",
  "connect/config/config_infos.ts: ConfigValueInfo, MetadataContext",
  "connect/config/connector_validation.ts: ValidationInput",
  "connect/config/converter_choice.ts: ConverterChoice",
  "connect/config/keys/connector_keys.ts: tasksMaxLimit",
  "connect/config/plugin_version.ts: VersionedPluginLoadingException",
  "connect/config/references/masking.ts: MASK, SecretsOf",
  "connect/converters/json/json_converter.ts: JsonConverterOptions",
  "connect/converters/json/json_node.ts: JsonKind",
  "connect/converters/json/json_reader.ts: ReadObject",
  "connect/converters/json/json_scanner.ts: numberCharactersMax",
  "connect/converters/json/json_survey.ts: JsonSurvey",
  "connect/converters/json/schema_text_cache.ts: KnownStart",
  "connect/converters/number_converter.ts: NumberFormat",
  "connect/errors/dead_letter_form.ts: DeadLetterOrigin, SafeFormOptions",
  "connect/errors/dead_letter_queue_reporter.ts: topicAttemptMsMax, DeadLetterQueueOptions",
  "connect/errors/erasure_watch.ts: ErasureWatchOptions",
  "connect/errors/log_reporter.ts: LogReporterOptions",
  "connect/errors/retry_with_tolerance.ts: Verdict, Recovery, placeOf",
  "connect/errors/tolerance_breaker.ts: breakerRecordsMin",
  "connect/errors/worker_errant_record_reporter.ts: ErrantRecordReporterOptions",
  "connect/java/simple_date_fields.ts: Moment",
  "connect/kafka/admin.ts: AdminServices",
  "connect/kafka/batches/codecs.ts: Compression",
  "connect/kafka/batches/lz4_block.ts: BlockSpan",
  "connect/kafka/batches/zlib_source.ts: ZlibKind",
  "connect/kafka/fetch/fetch_plan.ts: FetchRoom",
  "connect/kafka/fetch/log_ends.ts: LogEndQuery",
  "connect/kafka/fetch/partition_reader.ts: PartitionReaderOptions",
  "connect/kafka/fetch/topic_watch.ts: TopicWatchContext",
  "connect/kafka/group/group_join.ts: JoinContext",
  "connect/kafka/group/heartbeat.ts: HeartbeatEvents, HeartbeatContext",
  "connect/kafka/group/member_offsets.ts: CommitRequest",
  "connect/kafka/group/membership.ts: MembershipContext",
  "connect/kafka/group/range_assignor.ts: SubscribedMember",
  "connect/kafka/producer.ts: ProducerServices",
  "connect/kafka/security/certificate_look.ts: Validity",
  "connect/kafka/security/client_security.ts: ClientSecurityOptions",
  "connect/kafka/security/opening_failure.ts: Opening",
  "connect/kafka/security/sasl_settings.ts: TokenLogin",
  "connect/kafka/security/tls_settings.ts: TlsIdentity",
  "connect/kafka/security/token_endpoint.ts: Token",
  "connect/kafka/security/token_settings.ts: TokenFileSettings",
  "connect/kafka/wire/kafkajs_parts.ts: RawRequest, RawConnectionOptions, SaslMessage",
  "connect/kafka/wire/outage_log.ts: OutOfReach",
  "connect/kafka/wire/protocol/fetch_api.ts: FetchPosition",
  "connect/kafka/wire/protocol/group_api.ts: JoinGroupRequest, JoinedMember, SyncGroupRequest",
  "connect/kafka/wire/protocol/groups_api.ts: DescribedMember",
  "connect/kafka/wire/protocol/offsets_api.ts: OffsetToCommit, OffsetCommitRequest, PartitionCode, FetchedOffset, ListOffsetsRequest, ListedOffset",
  "connect/kafka/wire/protocol/produce_api.ts: ProduceRequest, ProducedPartition",
  "connect/kafka/wire/protocol/topics_api.ts: PartitionMetadata, MetadataRequest, TopicToCreate",
  "connect/metrics/prometheus.ts: PrometheusText",
  "connect/metrics/task_metrics.ts: TaskErrorMetrics",
  "connect/rest/forms/connector_forms.ts: CreateForm",
  "connect/rest/herder_plugins.ts: connectionCheckMsMax, HerderPluginsOptions",
  "connect/rest/rest_handler.ts: RestHandlerOptions",
  "connect/rest/root_routes.ts: HealthDetails",
  "connect/rest/ui/ui_facts.ts: UiFailure, UiTask, UiLatency, UiReason",
  "connect/rest/worker_health.ts: WorkerHealthOptions",
  "connect/runtime/herder/connector_offsets.ts: OffsetsChange",
  "connect/runtime/herder/connector_spec.ts: ConnectorSpecSource",
  "connect/runtime/herder/herder.ts: Rejection",
  "connect/runtime/herder/managed_connector.ts: ManagedConnectorOptions",
  "connect/runtime/task/batch_builder.ts: BatchShare",
  "connect/runtime/task/offset_committer.ts: OffsetCommitterOptions",
  "connect/runtime/task/record_batch.ts: PartitionStop",
  "connect/runtime/task/sink_offsets.ts: RefusedOffset, Committable",
  "connect/runtime/task/sink_rebalance_listener.ts: openRetryDelayMsDefault, SinkRebalanceListenerOptions",
  "connect/runtime/task/sink_task_context.ts: SinkTaskContextOptions",
  "connect/runtime/task/sink_task_options.ts: TaskResources",
  "connect/runtime/task/sink_task_parts.ts: LoopHooks",
  "connect/runtime/task/task_delivery.ts: redeliveryDelayMsDefault, TaskDeliveryOptions",
  "connect/runtime/task/task_errors.ts: TaskErrorsOptions, TaskErrors",
  "connect/runtime/task/task_pipeline.ts: TaskPipeline, ConverterSource",
  "connect/runtime/task/task_source.ts: TaskSourceOptions",
  "connect/runtime/task/task_troubles.ts: TroubledTask",
  "connect/runtime/task/transformation_chain.ts: StageCondition",
  "connect/runtime/task/value_reads.ts: StageReads",
  "connect/runtime/task/worker_sink_task.ts: pollWaitMsMax",
  "connect/runtime/worker/restart_policy.ts: RestartPolicyOptions",
  "connect/runtime/worker/task_runner.ts: TaskRunnerOptions",
  "connect/runtime/worker/watchdog.ts: WatchdogOptions",
  "connect/runtime/worker/worker.ts: ConnectorStart",
  "connect/transforms/debezium/delete_handling.ts: DeleteMode",
  "connect/transforms/parts/options.ts: OptionCheck",
  "connect/transforms/parts/record_part.ts: RecordPart, TwinDeclaration, WholeDeclaration",
  "sinks/file/file_stream_sink_task.ts: FileStreamSinkTaskOptions",
  "sinks/postgres/connection/connection_options.ts: DriverOptions, SocketOpener",
  "sinks/postgres/connection/connection_parameters.ts: UrlParameters",
  "sinks/postgres/connection/connection_url.ts: HostPort, ConnectionUrlOptions",
  "sinks/postgres/connection/login_reader.ts: ServerMessage",
  "sinks/postgres/connection/open_socket.ts: OpenSocketOptions",
  "sinks/postgres/connection/scram_client.ts: ScramOptions",
  "sinks/postgres/connection/server_login.ts: ServerLogin, ServerRefusal",
  "sinks/postgres/connection/session.ts: SessionOptions, ServerFacts",
  "sinks/postgres/connection/session_keeper.ts: SessionKeeperOptions",
  "sinks/postgres/connection/sqlstate.ts: SqlFacts",
  "sinks/postgres/migrations/migrate.ts: MigrateOptions",
  "sinks/postgres/migrations/migration_files.ts: OrderedMigration",
  "sinks/postgres/offsets/offset_store.ts: OffsetStoreOptions, ListedOffset, OffsetAdvance",
  "sinks/postgres/offsets/offset_table.ts: BeginningSession",
  "sinks/postgres/offsets/own_offsets.ts: OwnOffsetsSource",
  "sinks/postgres/offsets/partition_opener.ts: PartitionOpenerOptions",
  "sinks/postgres/offsets/replayed_letters.ts: RecordPlace, ReplayedLettersOptions",
  "sinks/postgres/offsets/start_decision.ts: StartDecision",
  "sinks/postgres/postgres_dialect.ts: PostgresDialectOptions",
  "sinks/postgres/privacy/fingerprint_check.ts: AskDatabase",
  "sinks/postgres/privacy/housekeeping.ts: RunStatement",
  "sinks/postgres/privacy/ledger_reader.ts: LedgerQuery",
  "sinks/postgres/privacy/role_check.ts: RoleCheckOptions, excessOfRole",
  "sinks/postgres/privacy/subject_rows.ts: SubjectTable",
  "sinks/postgres/statements/erase.ts: EraseSql",
  "sinks/postgres/statements/insert.ts: InsertKind",
  "sinks/postgres/statements/newest_wins.ts: NewestWinsSql",
  "sinks/postgres/tables/catalog.ts: ClosedKind",
  "sinks/postgres/tables/identifier.ts: identifierBytesMax",
  "sinks/sql/isolate/bad_record.ts: RecordProblem",
  "sinks/sql/isolate/record_isolation.ts: RefusedRecord, IsolationOptions",
  "sinks/sql/options/record_forms.ts: FormProblem",
  "sinks/sql/options/sink_settings.ts: InsertMode, KeyMode, OwnTimeColumn, PositionColumns, RetentionSettings, LedgerSettings, kafkaKeyFields",
  "sinks/sql/options/topic_samples.ts: TopicSamples",
  "sinks/sql/options/topic_tables.ts: TopicTableFindings",
  "sinks/sql/plan/batch_planner.ts: BatchPlannerOptions",
  "sinks/sql/plan/instant.ts: Moment",
  "sinks/sql/plan/newest_wins.ts: FoldRules",
  "sinks/sql/plan/row_maker.ts: instantCell",
  "sinks/sql/plan/table_plan.ts: RecordFields",
  "sinks/sql/sql_failure.ts: FailureFacts",
  "sinks/sql/sql_sink_task.ts: SqlSinkTaskOptions",
  "sinks/sql/write/batch_writer.ts: BatchWriterOptions",
  "sinks/sql/write/housekeeper.ts: HousekeeperOptions",
  "sinks/sql/write/outage_backoff.ts: OutageBackoffOptions",
  "sinks/sql/write/partition_ownership.ts: LockVerdict",
  "sinks/sql/write/record_delivery.ts: RecordDeliveryOptions",
  "sinks/sql/write/write_counts.ts: WriteMetric",
  "tests/kit/kit_run.ts: Refused",
];

/**
 * Names that no other file uses, as `path: a, b`. An example in the file's own comments is a use of what the file's code
 * uses too, since it runs.
 */
function unusedExports(
  texts: ReadonlyMap<string, string>,
  aliases: ReadonlyMap<string, string>,
): readonly string[] {
  const used = new Set<string>();
  const inExamples = new Set<string>();
  for (const [path, text] of texts) {
    for (const { path: from, name } of importsOf(path, text, aliases)) {
      (from === path ? inExamples : used).add(`${from} ${name}`);
    }
  }
  return [...texts].flatMap(([path, text]) => {
    if (!/\.[jt]s$/.test(path) || published.includes(path) || used.has(`${path} *`)) return [];
    const isUsed = (name: string) =>
      used.has(`${path} ${name}`) || (inExamples.has(`${path} ${name}`) && timesIn(text, name) > 1);
    const names = exportsOf(text).filter((name) => !isUsed(name));
    return names.length === 0 ? [] : [`${path}: ${names.join(", ")}`];
  });
}

function timesIn(text: string, name: string): number {
  const code = text.replaceAll(/^ *(\/?\*|\/\/).*$/gm, "");
  return [...code.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length;
}

Deno.test("every exported name is used by another file", async () => {
  const { imports }: { imports: Readonly<Record<string, string>> } = JSON.parse(
    await textOf("sandbox/dev.json"),
  );
  const own = Object.entries(imports).filter(([, target]) => target.startsWith("../"));
  const aliases = new Map(own.map(([name, target]) => [name, target.slice("../".length)]));
  const paths = (await sourceFiles()).filter((path) => /\.([jt]s|md|html)$/.test(path));
  const texts = new Map(await Promise.all(paths.map(async (path) => [path, await textOf(path)] as const)));
  const found = unusedExports(texts, aliases).filter((line) => !loaded.includes(line));
  assert.deepEqual(found, left, "drop the word export, or what isn't used at all");
});

Deno.test("a name counts as used by an import, a type, an example elsewhere, and not by the file itself", () => {
  const a = [
    "/**",
    " * ```ts",
    ' * import { shown, dead } from "./a.ts";',
    " * ```",
    " */",
    "export function shown() {}",
    "export function dead() {}",
    "export const taken = shown(), other = 1;",
    "export interface Asked {}",
    "export type Told = Asked;",
    "export class Whole {}",
    "const text = `",
    "export const written = 1;",
    "`;",
  ].join("\n");
  const b = 'import { taken } from "./a.ts";\nimport type { Asked as It } from "alias";\n';
  const page = '```ts\nimport { Whole } from "./a.ts";\n```\n';
  const texts = new Map([["a.ts", a], ["b.ts", b], ["page.md", page]]);
  assert.deepEqual(unusedExports(texts, new Map([["alias", "a.ts"]])), ["a.ts: dead, Told"]);
  assert.deepEqual(unusedExports(texts.set("c.ts", 'export * from "./a.ts";'), new Map()), []);
});
