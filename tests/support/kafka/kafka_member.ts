/**
 * A member of a group in a process of its own, to be killed: reads a topic, commits what it read, and writes how
 * many records it has to standard output.
 *
 *     deno run -A kafka_member.ts BOOTSTRAP GROUP TOPIC
 *
 * @module
 */

import { KafkaFixture, shortSession } from "./kafka_fixture.ts";

const [bootstrap = "", group = "", topic = ""] = Deno.args;
const member = await new KafkaFixture(bootstrap).member(group, [topic], shortSession);
while (true) {
  const records = await member.consumer.poll(200);
  if (records.length === 0) continue;
  await member.commitAll();
  member.records.push(...records);
  console.log(member.records.length);
}
