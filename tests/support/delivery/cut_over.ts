/** Moves a connector from a JVM Connect worker to Sluice and back, under load. @module */

import { type JvmConnect, startJvmConnect } from "../../../sandbox/kafka/jvm_connect.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { allCommitted, wrongCustomers } from "./delivery_check.ts";
import { produceEvents, registrations } from "./delivery_events.ts";
import { Fleet } from "./delivery_faults.ts";
import {
  type ConnectorSettings,
  customersTable,
  type DeliveryWorld,
  startDeliveryWorld,
  until,
  upsertAtLeastOnce,
} from "./delivery_world.ts";

interface CutOverOptions {
  /** Records that each owner, or both together, deliver before the next step. */
  readonly recordsPerStep: number;
  readonly eventsPerSecond: number;
  readonly say?: (line: string) => void;
}

interface CutOverFindings {
  readonly events: number;
  /** Customers whose row isn't that of their last event. */
  readonly wrong: number;
  /** Writes of records that the group had committed before their writer started; 0 if offsets are taken over. */
  readonly again: number;
  /** Rows that each wrote while both were members. */
  readonly together: { readonly jvm: number; readonly sluice: number };
  readonly surprises: readonly string[];
}

/** The writer of each row: a writer's first offset is in Kafka, its later writes are here. */
const journal = [
  "alter table customers add column part int, add column off bigint",
  "create table writes (id bigserial, part int, off bigint, writer text)",
  `create function note_write() returns trigger language plpgsql as $$ begin
     insert into writes (part, off, writer) values (new.part, new.off, current_setting('application_name'));
     return null;
   end $$`,
  "create trigger note_write after insert or update on customers for each row execute function note_write()",
];

const columns = "customer_id,event_id,phone,part,off";

const place: ConnectorSettings = {
  "transforms": "place",
  "transforms.place.type": "org.apache.kafka.connect.transforms.InsertField$Value",
  "transforms.place.partition.field": "part",
  "transforms.place.offset.field": "off",
};

const sluiceClient = "sluice-consumer";

const sluiceSettings: ConnectorSettings = {
  ...upsertAtLeastOnce,
  ...place,
  "fields.whitelist": columns,
  "consumer.override.client.id": sluiceClient, // both would use connector-consumer-NAME-TASK
};

const sluiceWriter = "sluice-%";

/** Runs the cut-over on servers of its own. */
export async function cutOver(options: CutOverOptions): Promise<CutOverFindings> {
  const { recordsPerStep, eventsPerSecond, say = () => {} } = options;
  await using world = await startDeliveryWorld({
    schema: [customersTable, ...journal],
    settings: sluiceSettings,
  });
  const ending = new AbortController();
  const eventOf = registrations("events");
  const producing = produceEvents(world.kafka.bootstrap, {
    ...{ eventOf, count: Number.MAX_SAFE_INTEGER, eventsPerSecond, signal: ending.signal },
  });
  const fleet = new Fleet(world);
  const step = new Steps(world, recordsPerStep);

  say("a JVM Connect worker alone");
  await using jvm = await startJvm(world);
  await step.isDone(jvm);

  say("Sluice joins its group");
  const sharedFrom = await step.begin();
  const shared = fleet.join();
  await until("both to be members", () => membersAre(world, ["jvm", "sluice"]));
  await until("both to write", async () => {
    const { jvm, sluice } = await writesBy(world, sharedFrom);
    return jvm >= recordsPerStep && sluice >= recordsPerStep;
  });
  const together = await writesBy(world, sharedFrom);

  say("Sluice alone");
  await jvm.put(`/connectors/${world.name}/stop`);
  await until("Sluice to be alone", () => membersAre(world, ["sluice"]));
  await step.isDone();
  await fleet.leave(shared);

  say("Sluice alone, exactly once");
  await world.configure({ ...sluiceSettings, "exactly.once.enabled": "true" });
  const exactFrom = await step.begin();
  const exact = fleet.join();
  await step.isDone();
  await fleet.leave(exact);
  const againBySluice = await step.again(exactFrom);

  say("and back to the JVM");
  const backFrom = await step.begin();
  await jvm.put(`/connectors/${world.name}/resume`);
  await step.isDone(jvm);
  ending.abort();
  const events = await producing;
  await allCommitted(world);
  await jvm.stop();
  const again = againBySluice + await step.again(backFrom);
  const wrong = await wrongCustomers(world, eventOf, events);
  return { events, wrong, again, together, surprises: fleet.surprises };
}

/** The state at a step's start: the last write before it, and the group's offsets. */
interface StepStart {
  readonly write: string;
  readonly offsets: ReadonlyMap<string, bigint>;
}

class Steps {
  readonly #world: DeliveryWorld;
  readonly #records: number;

  constructor(world: DeliveryWorld, records: number) {
    this.#world = world;
    this.#records = records;
  }

  async begin(): Promise<StepStart> {
    const [last] = await this.#world.sql<{ id: string }[]>`
      select coalesce(max(id), 0)::text as id from writes`;
    return { write: last?.id ?? "0", offsets: await this.#world.groupOffsets() };
  }

  /** Waits until the group has committed this many more records, with some in every partition. */
  async isDone(jvm?: JvmConnect): Promise<void> {
    const { offsets } = await this.begin();
    await until("the group to go on", async () => {
      if (jvm?.running() === false) {
        throw new Error(`Cannot go on: the JVM worker ended:\n${await jvm.log()}`);
      }
      const found = await this.#world.groupOffsets();
      const more = [...await this.#world.ends()].map(([at]) =>
        (found.get(at) ?? 0n) - (offsets.get(at) ?? 0n)
      );
      return more.every((n) => n > 0n) && Number(more.reduce((sum, n) => sum + n)) >= this.#records;
    });
  }

  /** Counts the writes since the step of records that had been committed before. */
  async again({ write, offsets }: StepStart): Promise<number> {
    let again = 0;
    for (const [at, offset] of offsets) {
      const [found] = await this.#world.sql<{ n: number }[]>`
        select count(*)::int as n from writes
        where id > ${write} and part = ${at.slice(at.lastIndexOf("-") + 1)} and off < ${String(offset)}`;
      again += found?.n ?? 0;
    }
    return again;
  }
}

async function writesBy(world: DeliveryWorld, { write }: StepStart): Promise<CutOverFindings["together"]> {
  const [found] = await world.sql<{ jvm: number; sluice: number }[]>`
    select count(*) filter (where writer not like ${sluiceWriter})::int as jvm,
      count(*) filter (where writer like ${sluiceWriter})::int as sluice
    from writes where id > ${write}`;
  return found ?? { jvm: 0, sluice: 0 };
}

type Kind = "jvm" | "sluice";

async function membersAre(world: DeliveryWorld, kinds: readonly Kind[]): Promise<boolean> {
  const admin = kafkaClient(world.kafka.bootstrap).admin();
  await admin.connect();
  try {
    const { groups: [group] } = await admin.describeGroups([`connect-${world.name}`]);
    if (group?.state !== "Stable") return false;
    const found = new Set(
      group.members.map(({ clientId }): Kind => clientId === sluiceClient ? "sluice" : "jvm"),
    );
    return found.size === kinds.length && kinds.every((kind) => found.has(kind));
  } finally {
    await admin.disconnect();
  }
}

async function startJvm(world: DeliveryWorld): Promise<JvmConnect> {
  const url = new URL(world.url);
  const schema = {
    type: "struct",
    fields: [
      { field: "customer_id", type: "int64", optional: false },
      { field: "event_id", type: "int64", optional: false },
      { field: "phone", type: "string", optional: true },
    ],
  };
  return await startJvmConnect({
    bootstrap: world.kafka.bootstrap,
    worker: { "offset.flush.interval.ms": "1000" },
    connector: {
      ...place,
      "name": world.name,
      "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
      "tasks.max": "2",
      "topics": world.topics.join(),
      "value.converter": "org.apache.kafka.connect.json.JsonConverter",
      "value.converter.schemas.enable": "true",
      "value.converter.schema.content": JSON.stringify(schema),
      "connection.url": `jdbc:postgresql://${url.host}${url.pathname}`,
      "connection.username": url.username,
      "connection.password": url.password,
      "collection.name.format": "customers",
      "insert.mode": "upsert",
      "primary.key.mode": "record_value",
      "primary.key.fields": "customer_id",
      "schema.evolution": "none",
    },
  });
}
