#!/bin/bash
# Starts the program as a peer of the benchmark: the generic sink with the comparison's work (keep name, phone and
# region by customer_id, upsert), from $BROKERS $TOPIC $GROUP $TABLE $DSN. As a line of peers.conf:
#   sluice|/path/to/bench/peer.sh
# It's the real program with a connector configuration as a person would write it; `deno task start` bakes the same
# flags in. SLUICE_BENCH_FLAGS replaces V8's flags, to compare some.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
config=$(mktemp "${TMPDIR:-/tmp}/sluice-bench-XXXXXX.json")
cat > "$config" <<JSON
{
  "name": "bench",
  "config": {
    "connector.class": "PostgresSink",
    "topics": "$TOPIC",
    "consumer.override.group.id": "$GROUP",
    "connection.url": "$DSN",
    "table.name.format": "$TABLE",
    "insert.mode": "upsert",
    "pk.mode": "record_value",
    "pk.fields": "customer_id",
    "fields.whitelist": "customer_id,name,phone,region",
    "transforms": "keep",
    "transforms.keep.type": "org.apache.kafka.connect.transforms.ReplaceField\$Value",
    "transforms.keep.include": "customer_id,name,phone,region",
    "errors.tolerance": "all",
    "errors.log.enable": "true"
  }
}
JSON
export CONNECT_BOOTSTRAP_SERVERS="$BROKERS"
cd "$here"
baked=$(sed -n 's/.*--v8-flags=\([^ ]*\) .*cli\/main.ts start".*/\1/p' deno.json)
flags=${SLUICE_BENCH_FLAGS-$baked}
exec deno run --quiet --no-code-cache --no-prompt ${flags:+"--v8-flags=$flags"} --allow-net --allow-env --allow-read --allow-sys=hostname \
  cli/main.ts start --config "$config"
