/** Mistakes that need neither Kafka nor a database. @module */

import { type Mistake, type MistakeKind, usual } from "./mistakes.ts";

const { TOTALS_URL = "", TOTALS_ADMIN_URL = "", BANK2_ADMIN_URL = "" } = usual;

const lines = (...all: readonly string[]): readonly Mistake[] => all.map((line) => ({ line }));
const withUrls = (...all: readonly string[]): readonly Mistake[] =>
  all.map((line) => ({ line, variables: { TOTALS_URL, TOTALS_ADMIN_URL } }));
const offline = "validate --offline --config";

/** Invalid connection URLs. */
const urls = [
  ...[
    "",
    "nowhere",
    "mysql://a:s3cret@h/b",
    '"postgres://a:s3cret@h/b"',
    "postgres://",
    "postgres://:s3cret@h/b",
  ],
  ...["postgres://a:s3cret@h:99999/b", "postgres://a:s3cret@h:x/b", "postgres://a:s3cret@[::1/b"],
  ...["postgres://a:s3c/ret@h/b", "postgres://a:s3%ZZcret@h/b", "postgres://a:s3cret@h/b\nx"],
  ...["postgres://a:s3cret@h/b?sslmode=strict", "postgres://a:s3cret@h/b?sslmod=require"],
];

/** Invalid listeners of the control API. */
const listeners = [
  ...["", "8083", "http://", "http://127.0.0.1:99999", "https://127.0.0.1:8083", "http://127.0.0.1:0/path"],
  ...["http://127.0.0.1:8083,http://127.0.0.1:8083", "http://127.0.0.1:0,", "http://u:s3cret@127.0.0.1:0"],
  ...["http://0.0.0.0:0"],
];

/** Values of options, each the only wrong one. */
export const wrongValues: readonly (readonly [string, string])[] = [
  ["tasks.max", "none"],
  ["tasks.max", "0"],
  ["topics", "all orders"],
  ["topics.regex", "orders.*"],
  ["insert.mode", "merge"],
  ["batch.size", "-1"],
  ["errors.tolerance", "some"],
  ["errors.tolerance.max.ratio", "2"],
  ["errors.deadletterqueue.topic.name", "orders/dlq"],
  ["errors.deadletterqueue.key.secret", "s3cret"],
  ["offset.flush.interval.ms", "0"],
  ["record.bytes.max", "99999999999"],
  ["transforms", "keep,"],
  ["value.converter", "no.such.Converter"],
  ["consumer.override.max.poll.records", "0"],
  ["consumer.override.auto.offset.reset", "newest"],
  ["consumer.override.session.timeout.ms", "-1"],
  ["consumer.override.security.protocol", "TLS"],
  ["producer.override.compression.type", "rar"],
  ["admin.override.default.api.timeout.ms", "0"],
];

export const mistakeKinds: readonly MistakeKind[] = [
  {
    title: "Commands and options",
    mistakes: [
      ...lines("", "strat", "Start", "--offline validate", "-v", "help strat"),
      { line: '""', words: ["", ""] },
      ...lines("validate --conector telesales", "validate --Config good.json", "validate -config good.json"),
      ...lines("validate --no-offline --config good.json", "validate good.json", "validate -- x"),
      ...lines("validate --config", "validate --config=", "validate --config --worker", "validate --worker"),
      ...withUrls(`validate --offline=maybe --config good.json`),
      ...withUrls(`${offline} good.json --worker worker.properties --worker worker.properties`),
      ...withUrls(`${offline} good.json --log-level loud`, `${offline} good.json --log-format xml`),
      ...lines("connect --config good.json", "health now", "start --rest-open --connector telesales"),
    ],
  },
  {
    title: "Connectors",
    mistakes: [
      ...lines("validate", "validate --connector telesale", "validate --connector ../telesales"),
      ...lines(
        "validate --connector orders --config-dir bare",
        "validate --connector orders --config-dir nowhere",
      ),
      ...lines("validate --connector orders --config-dir good.json"),
      ...lines("validate --connector orders --config-dir loop.json"),
      ...lines(
        "validate --connector totals --config-dir broken",
        "validate --connector totals --config-dir looped",
      ),
      ...lines("validate --connector telesales --config-dir second"),
      ...lines("validate --connector telesales --connector telesales"),
      ...withUrls("validate --config good.json --config good.json"),
    ],
  },
  {
    title: "Files",
    mistakes: [
      ...[
        ...[
          "nowhere.json",
          "folder.json",
          "loop.json",
          "empty.json",
          "utf16.json",
          "binary.json",
          "comment.json",
        ],
        ...["comma.json", "quotes.json", "cut.json", "two.json", "twice.json", "list.json", "answer.json"],
        ...["unnamed.json", "misnamed.json", "nested.json", "properties.json", "json.properties"],
        ...["names.properties", "escape.properties", "latin1.properties", "empty.properties"],
        ...["https://example.com/totals.json", "/proc/self/mem"],
      ].map((file) => ({ line: `${offline} ${file}` })),
      { line: `${offline} -`, shell: '"$@" <&-' },
      { line: `${offline} - --worker -`, input: "{}" },
      ...["nowhere.properties", "folder.json", "good.json", "utf16.json", "escape.properties"].map((
        file,
      ) => ({
        line: `${offline} good.json --worker ${file}`,
        variables: { TOTALS_URL },
      })),
      { line: `${offline} good.json`, variables: { TOTALS_URL }, shell: '"$@" >/dev/full', code: 1 },
      { line: `${offline} good.json`, variables: { TOTALS_URL }, shell: '"$@" | head -0', code: 0 },
    ],
  },
  {
    title: "Variables and URLs",
    mistakes: [
      ...lines(`${offline} good.json`),
      ...urls.map((url) => ({ line: `${offline} good.json`, variables: { TOTALS_URL: url } })),
      { line: "migrate --config good.json", variables: { TOTALS_URL, TOTALS_ADMIN_URL: "" } },
      ...lines("migrate --config good.json", "migrate --config no-url.json", "migrate --connector telesales"),
      { line: "migrate --config good.json", variables: { TOTALS_ADMIN_URL }, code: 1 },
      {
        line: "subject show --id 7 --connector telesales",
        variables: { BANK2_ADMIN_URL, TELESALES_KEY_SECRET: "" },
      },
      {
        line: "subject show --id 7 --connector telesales",
        variables: { BANK2_ADMIN_URL, TELESALES_KEY_SECRET: "s3cret" },
      },
      ...lines("subject show --id 7 --connector telesales"),
    ],
  },
  {
    title: "Values of options",
    mistakes: wrongValues.map(([name, value], index) => ({
      line: `${offline} value-${index + 1}.json   # ${name}=${value.replace("s3cret", "short")}`,
      words: [...offline.split(" "), `value-${index + 1}.json`],
      variables: { TOTALS_URL },
    })),
  },
  {
    title: "People, ledger, offsets and dead letters",
    mistakes: [
      ...lines("subject", "subject shwo", "subject show erase", "subject show", "subject show --id"),
      {
        line: "subject show --id - --connector telesales",
        variables: { BANK2_ADMIN_URL, TELESALES_KEY_SECRET: "x".repeat(32) },
        input: "",
      },
      ...[
        ...["yesterday", "2026-13-01", "2026-02-30", "2026-11-23junk", "20261123", "2026-11-23T25:00"],
        ...["2026-11-23T10:00+99:00"],
      ].flatMap((time) => withUrls(`audit --config good.json --since ${time}`)),
      ...withUrls("audit --config good.json --since 2026-11-23 --until 2026-11-01"),
      ...["0", "-1", "1.5", "ten", "9999999999"].flatMap((n) =>
        withUrls(`audit --config good.json --limit ${n}`)
      ),
      ...withUrls("audit --config good.json").map((mistake) => ({ ...mistake, code: 1 as const })),
      ...lines("purge --config good.json --connector telesales", "offsets", "offsets shwo", "offsets set"),
      ...lines(
        "offsets set a:0",
        "offsets set a:0=-1",
        "offsets set a:0=1 a:0=2",
        "offsets set --from-kafka a:0=1",
      ),
      ...lines("offsets show --from-kafka", "offsets reset now", "dlq", "dlq lst", "dlq list --overwrite"),
      ...withUrls("dlq list --config good.json"),
      ...lines("dlq replay --connector telesales"),
    ],
  },
  {
    title: "Listeners, health and storage",
    mistakes: [
      ...listeners.map((text) => ({ line: "connect", variables: { CONNECT_LISTENERS: text } })),
      ...["", "good.json", "/proc/nowhere"].map((folder) => ({
        line: "connect",
        variables: { CONNECT_LISTENERS: "http://127.0.0.1:0", CONNECT_CONFIG_STORAGE_DIR: folder },
      })).map((mistake) => ({ ...mistake, line: "connect --log-level error" })),
      {
        line: "connect",
        variables: { CONNECT_LISTENERS: "http://127.0.0.1:0", CONNECT_REST_AUTH_USER: "ana" },
      },
      ...lines("health"),
      ...["x", "99999", "0"].map((port) => ({ line: "health", variables: { CONNECT_HEALTH_PORT: port } })),
      { line: "health", variables: { CONNECT_HEALTH_PORT: "1" }, code: 1 },
    ],
  },
  {
    title: "A dry run",
    mistakes: [
      ...lines(
        "dry-run",
        "dry-run --config good.json --config good.json",
        "dry-run --config good.json --vectors x",
      ),
      ...lines(
        "dry-run --config good.json --input nowhere",
        "dry-run --config good.json --input folder.json",
      ),
      ...lines("dry-run --vectors folder.json"),
      { line: "dry-run --config good.json --input empty.json", code: 0 },
      { line: "dry-run --config good.json --input records.json", shell: '"$@" >/dev/full', code: 1 },
    ],
  },
  {
    title: "A new connector",
    mistakes: [
      ...lines(
        "new",
        "new conector orders",
        "new connector Orders",
        "new connector select",
        "new connector public",
      ),
      ...lines("new connector telesales", "new connector orders --dir good.json"),
      ...[
        ...["id:int", "id,id", "Id", "id,", "customer,customer.name", "id,select", "xmin", "a".repeat(64)],
      ].map((fields) => ({ line: `new connector orders --dir out --fields ${fields}` })),
      {
        line: 'new connector orders --dir out --topic "all orders"',
        words: ["new", "connector", "orders", "--dir", "out", "--topic", "all orders"],
      },
    ],
  },
];
