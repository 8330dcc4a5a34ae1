/** Mistakes at the control API and the answers: a status, and a sentence to act on. */

import assert from "node:assert/strict";
import { createTopics } from "../../../sandbox/kafka/kafka_client.ts";
import { startRawConnect } from "../../support/rest/connect_worker.ts";
import { type RawAnswer, rawRequest } from "../../support/rest/raw_http.ts";
import { freshName, sharedWorld } from "../../support/world.ts";

interface RestMistake {
  readonly about: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly status: number;
  readonly says: string;
}

const lineForm = /^(\d{3}) ([A-Z]+) (\S+) (.*?) => (.*)$/;

/** All mistakes, on a connector `running` and one `stopped`, both of this topic. */
function restMistakes(topic: string): readonly RestMistake[] {
  const file = `"connector.class":"FileStreamSink","topics":"${topic}","tasks.max":"1"`;
  const filled = (text: string) =>
    text.replaceAll("$FILE", file).replaceAll("$TOPIC", topic).replaceAll("$REFERENCE", "${env:SECRET}")
      .replaceAll("$0", "\0").replaceAll(/\$X(\d+)/g, (_, count) => "x".repeat(Number(count)));
  let about = "";
  return table.trim().split("\n").flatMap((line) => {
    if (line.startsWith("# ")) {
      about = line.slice(2);
      return [];
    }
    const parts = lineForm.exec(line);
    if (parts === null) throw new Error(`Cannot read the table's line: ${line}`);
    const [, status, method = "", path = "", body = "", says = ""] = parts;
    return [{
      ...{ about, method, path: filled(path), status: Number(status), says: framed(filled(says)) },
      body: body === "-" ? undefined : body === "(empty)" ? "" : filled(body),
    }];
  });
}

function framed(says: string): string {
  if (!says.startsWith("invalid: ")) return says;
  const problems = says.slice("invalid: ".length).split(" | ");
  const count = `the following ${problems.length} error(s)`;
  return `Connector configuration is invalid and contains ${count}:\n${
    problems.join("\n")
  }\nYou can also find`;
}

const table = String.raw`
# connectors
400 POST /connectors { => Cannot read the request: its body is not JSON
400 POST /connectors (empty) => Cannot read the request: a JSON body is expected
400 POST /connectors [] => Cannot read the request: an object is expected
400 POST /connectors {"name":"a"} => Cannot read the request: config: an object of options is expected
400 POST /connectors {"name":"a","config":[]} => Cannot read the request: config: an object of options is expected
400 POST /connectors {"name":"a","config":{"connector.class":"FileStreamSink","topics":["a"],"tasks.max":"1"}} => Cannot read the request: config.topics: text, a number or a boolean is expected
400 POST /connectors {"name":["a"],"config":{$FILE}} => Cannot read the request: name: text, a number or a boolean is expected
400 POST /connectors {"name":"a","config":{$FILE},"initial_state":"ASLEEP"} => Cannot read the request: initial_state: RUNNING, PAUSED or STOPPED is expected
400 POST /connectors {"name":"a","config":{$FILE},"extra":1} => Cannot read the request: only name, config and initial_state are expected
400 POST /connectors {"config":{$FILE}} => invalid: Invalid value  for configuration name: String may not be empty
400 POST /connectors {"name":"a\\b","config":{$FILE}} => Cannot create the connector: its name can't be part of a URL path (a backslash, only dots, or too long)
400 POST /connectors {"name":"..","config":{$FILE}} => Cannot create the connector: its name can't be part of a URL path (a backslash, only dots, or too long)
400 POST /connectors {"name":"a\u0000b","config":{$FILE}} => invalid: Invalid value a$0b for configuration name: String may not contain control sequences but had the following ASCII chars: 0
400 POST /connectors {"name":"$X5000","config":{$FILE}} => Cannot create the connector: its name can't be part of a URL path (a backslash, only dots, or too long)
409 POST /connectors {"name":"running","config":{$FILE}} => Connector running already exists
400 POST /connectors {"name":"a","config":{$FILE,"name":"b"}} => Connector name configuration (b) doesn't match connector name in the URL (a)
400 POST /connectors {"name":"a","config":{"topics":"a"}} => Connector config {topics, name} contains no connector type
400 POST /connectors {"name":"a","config":{"connector.class":"NoSuchSink","topics":"$TOPIC","tasks.max":"1"}} => org.apache.kafka.connect.errors.ConnectException: Failed to find any class that implements Connector and which name matches NoSuchSink
400 POST /connectors {"name":"a","config":{"connector.class":"FileStreamSink","topics":"$TOPIC","tasks.max":"many"}} => invalid: Invalid value many for configuration tasks.max: Not a number of type INT | Invalid value null for configuration tasks.max: Value must be non-null
400 POST /connectors {"name":"a","config":{"connector.class":"FileStreamSink","topics":"","tasks.max":"1"}} => invalid: Must configure one of topics or topics.regex | Must configure one of topics or topics.regex
400 POST /connectors {"name":"a","config":{$FILE,"transforms":"t"}} => invalid: Missing required configuration "transforms.t.type" which has no default value.
400 POST /connectors {"name":"a","config":{$FILE,"value.converter":"NoSuchConverter"}} => invalid: Invalid value NoSuchConverter for configuration value.converter: Class NoSuchConverter could not be found.
400 POST /connectors {"name":"a","config":{$FILE,"x":"$REFERENCE"}} => invalid: Invalid value $REFERENCE for configuration x: References are allowed only in secrets, addresses and login names; expected the value itself
413 POST /connectors "$X1100000" => Cannot read the request: its body has more than 1048576 bytes
405 PUT /connectors {} => HTTP 405 Method Not Allowed
405 DELETE /connectors - => HTTP 405 Method Not Allowed
404 GET /connector - => HTTP 404 Not Found
# one connector
404 GET /connectors/none - => Connector none not found
404 DELETE /connectors/none - => Connector none not found
404 GET /connectors/none/config - => Connector none not found
404 GET /connectors/none/status - => No status found for connector none
404 GET /connectors/none/tasks - => Connector none not found
405 POST /connectors/running {} => HTTP 405 Method Not Allowed
404 GET /connectors/running/nothing - => HTTP 404 Not Found
400 PUT /connectors/running/config { => Cannot read the request: its body is not JSON
400 PUT /connectors/running/config [] => Cannot read the request: an object of options is expected
400 PUT /connectors/running/config {$FILE,"name":"other"} => Connector name configuration (other) doesn't match connector name in the URL (running)
400 PUT /connectors/running/config {"name":"running","config":{$FILE}} => Cannot read the request: config: text, a number or a boolean is expected
400 PUT /connectors/running/config {"connector.class":"FileStreamSink","topics":null,"tasks.max":"1"} => invalid: Null value can not be supplied as the configuration value.
404 PATCH /connectors/none/config {} => Connector none not found
400 PATCH /connectors/running/config [] => Cannot read the request: an object of options is expected
400 PATCH /connectors/running/config {"name":null} => invalid: Missing required configuration "name" which has no default value.
400 PATCH /connectors/running/config {"connector.class":null} => Connector config {topics, name} contains no connector type
405 DELETE /connectors/running/config - => HTTP 405 Method Not Allowed
400 GET /connectors/a%zz - => Bad Request
400 GET /connectors/a%00b - => Bad Request
400 GET /connectors/a%0ab - => Suspicious Path Character
400 GET /connectors/%2e%2e - => Ambiguous URI path segment
400 GET /connectors//status - => Ambiguous URI empty segment
400 GET /connectors/%ff - => Bad UTF-8 encoding
400 GET /connectors/<b> - => Illegal Path Character
404 GET /connectors/%3Cb%3E - => Connector <b> not found
414 GET /connectors/$X9000 - => URI Too Long
# lives
404 PUT /connectors/none/pause - => Unknown connector none
404 PUT /connectors/none/resume - => Unknown connector none
404 PUT /connectors/none/stop - => Unknown connector none
405 GET /connectors/running/pause - => HTTP 405 Method Not Allowed
405 POST /connectors/running/pause - => HTTP 405 Method Not Allowed
404 POST /connectors/none/restart - => Unknown connector: none
405 PUT /connectors/running/restart - => HTTP 405 Method Not Allowed
404 GET /connectors/running/tasks/7/status - => No status found for task running-7
404 GET /connectors/running/tasks/one/status - => HTTP 404 Not Found
404 GET /connectors/none/tasks/0/status - => No status found for task none-0
404 POST /connectors/running/tasks/7/restart - => Unknown task: running-7
404 POST /connectors/none/tasks/0/restart - => Unknown connector: none
409 POST /connectors/stopped/tasks/0/restart - => Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.
400 POST /connectors/running/tasks [] => Internal request missing required signature
400 PUT /connectors/running/fence - => Internal request missing required signature
405 GET /connectors/running/topics/reset - => HTTP 405 Method Not Allowed
# offsets
404 GET /connectors/none/offsets - => Connector none not found
404 PATCH /connectors/none/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":0},"offset":{"kafka_offset":0}}]} => Connector none not found
404 DELETE /connectors/none/offsets - => Connector none not found
400 PATCH /connectors/running/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":0},"offset":{"kafka_offset":0}}]} => Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/running/stop' endpoint
400 DELETE /connectors/running/offsets - => Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/running/stop' endpoint
405 PUT /connectors/stopped/offsets {} => HTTP 405 Method Not Allowed
400 PATCH /connectors/stopped/offsets { => Cannot read the request: its body is not JSON
400 PATCH /connectors/stopped/offsets (empty) => Cannot read the request: a JSON body is expected
400 PATCH /connectors/stopped/offsets [] => Cannot read the request: an object is expected
400 PATCH /connectors/stopped/offsets {} => Partitions / offsets need to be provided for an alter offsets request
400 PATCH /connectors/stopped/offsets {"offsets":"all"} => Cannot read the request: offsets: a list is expected
400 PATCH /connectors/stopped/offsets {"offsets":[null]} => Cannot read the request: offsets: a list of objects is expected
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":null,"offset":null}]} => The partition for a sink connector offset cannot be null or missing
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":"0","offset":null}]} => Cannot read the request: partition: an object is expected
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{},"offset":null}]} => The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":"zero"},"offset":null}]} => Failed to parse the following Kafka partition value in the provided offsets: 'zero'. Partition values for sink connectors need to be integers.
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":-1},"offset":{"kafka_offset":0}}]} => Cannot set the offsets of connector stopped: there is no partition -1 of topic $TOPIC in Kafka
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":99},"offset":{"kafka_offset":0}}]} => Cannot set the offsets of connector stopped: there is no partition 99 of topic $TOPIC in Kafka
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"none","kafka_partition":0},"offset":{"kafka_offset":0}}]} => Cannot set the offsets of connector stopped: there is no partition 0 of topic none in Kafka
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":0},"offset":7}]} => Cannot read the request: offset: an object or null is expected
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":0},"offset":{}}]} => The offset for a sink connector should either be null or contain the key 'kafka_offset'
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":0},"offset":{"kafka_offset":"first"}}]} => Failed to parse the following Kafka offset value in the provided offsets: 'first'. Offset values for sink connectors need to be integers.
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":0},"offset":{"kafka_offset":1.5}}]} => Failed to parse the following Kafka offset value in the provided offsets: '1.5'. Offset values for sink connectors need to be integers.
400 PATCH /connectors/stopped/offsets {"offsets":[{"partition":{"kafka_topic":"$TOPIC","kafka_partition":0},"offset":{"kafka_offset":-7}}]} => Cannot set the offsets of connector stopped: -7 for partition 0 of topic $TOPIC is below 0
# plugins
405 POST /connector-plugins {} => HTTP 405 Method Not Allowed
404 GET /connector-plugins/NoSuchSink/config - => Unknown plugin NoSuchSink.
404 GET /connector-plugins/FileStreamSink - => HTTP 404 Not Found
400 GET /connector-plugins/FileStreamSink/config?version=[ - => Invalid version specification: [
400 GET /connector-plugins/FileStreamSink/config?version=9.9 - => Plugin org.apache.kafka.connect.file.FileStreamSinkConnector not found that matches the version range [9.9,9.9], available versions: [4.3.1]
400 PUT /connector-plugins/NoSuchSink/config/validate {$FILE} => Included connector type FileStreamSink does not match request type NoSuchSink
400 PUT /connector-plugins/NoSuchSink/config/validate {"connector.class":"NoSuchSink"} => org.apache.kafka.connect.errors.ConnectException: Failed to find any class that implements Connector and which name matches NoSuchSink
400 PUT /connector-plugins/FileStreamSink/config/validate {} => Connector config {} contains no connector type
400 PUT /connector-plugins/FileStreamSink/config/validate { => Cannot read the request: its body is not JSON
400 PUT /connector-plugins/FileStreamSink/config/validate [] => Cannot read the request: an object of options is expected
400 PUT /connector-plugins/FileStreamSink/config/validate {"config":{$FILE}} => Cannot read the request: config: text, a number or a boolean is expected
405 GET /connector-plugins/FileStreamSink/config/validate - => HTTP 405 Method Not Allowed
# loggers
404 GET /admin - => HTTP 404 Not Found
404 GET /admin/loggers/none - => Logger none not found.
405 DELETE /admin/loggers/root - => HTTP 405 Method Not Allowed
404 PUT /admin/loggers/root {"level":"LOUD"} => invalid log level 'LOUD'.
404 PUT /admin/loggers/root {"level":7} => invalid log level '7'.
400 PUT /admin/loggers/root {"level":{}} => Cannot read the request: level: text is expected
400 PUT /admin/loggers/root {"level":null} => Desired 'level' parameter was not specified in request.
400 PUT /admin/loggers/root {} => Desired 'level' parameter was not specified in request.
400 PUT /admin/loggers/root { => Cannot read the request: its body is not JSON
400 PUT /admin/loggers/root [] => Desired 'level' parameter was not specified in request.
400 PUT /admin/loggers/$X300 {"level":"INFO"} => Cannot set a level: the logger's name has more than 256 characters
# page and health
405 POST / - => HTTP 405 Method Not Allowed
405 POST /health - => HTTP 405 Method Not Allowed
405 POST /metrics - => HTTP 405 Method Not Allowed
405 POST /ui/facts - => HTTP 405 Method Not Allowed
404 GET /ui/connectors/none/passage - => Connector none not found
400 DELETE /ui/connectors/running/erasures - => Cannot mark erasures as done: the parameter last is expected, as /ui/facts and /health show it
400 DELETE /ui/connectors/running/erasures?last=all - => Cannot mark erasures as done: the parameter last is expected, as /ui/facts and /health show it
404 DELETE /ui/connectors/none/erasures?last=1 - => Connector none not found
`;

const world = await sharedWorld();
const inside = /\n\s*at |\.[jt]s\b|TypeError|ZodError|RestError|SqlFailure|undefined|\[object/;

function ask(port: number, { method, path, body }: Pick<RestMistake, "method" | "path" | "body">) {
  const headers = { "Content-Type": "application/json" };
  return rawRequest(port, { method, path, ...body === undefined ? {} : { headers, body } });
}

/** Checks Connect's form, the status and the sentence, and that no internals show. */
function check({ method, path, status, says }: RestMistake, answer: RawAnswer): void {
  const about = `${method} ${path.slice(0, 80)}: ${answer.status} ${answer.text.slice(0, 400)}`;
  const { error_code: code, message, ...others } = JSON.parse(answer.text);
  assert.deepEqual([answer.status, code, others], [status, status, {}], about);
  assert.ok(message.startsWith(says), `${about}; expected ${says}`);
  assert.doesNotMatch(message, inside, about);
}

Deno.test("each mistake is answered with its status and a sentence, in Connect's form", async (t) => {
  const topic = freshName("mistakes");
  await createTopics(world.bootstrap, [topic], 1);
  await using worker = await startRawConnect({ variables: { CONNECT_BOOTSTRAP_SERVERS: world.bootstrap } });
  const config = { "connector.class": "FileStreamSink", topics: topic };
  await worker.call("POST", "/connectors", { name: "running", config });
  await worker.call("POST", "/connectors", { name: "stopped", config, initial_state: "STOPPED" });
  const all = restMistakes(topic);
  for (const [about, mistakes] of Map.groupBy(all, (mistake) => mistake.about)) {
    await t.step(about, async () => {
      for (const mistake of mistakes) check(mistake, await ask(worker.port, mistake));
    });
  }

  await t.step("what isn't known in a query changes nothing, as in Connect", async () => {
    for (const path of ["/connectors?expand=nonsense", "/connector-plugins?connectorsOnly=maybe"]) {
      const { status, text } = await worker.call("GET", path);
      assert.deepEqual([status, typeof JSON.parse(text)], [200, "object"], path);
    }
    const path = "/connectors/running/restart?includeTasks=maybe&onlyFailed=maybe";
    assert.equal((await worker.call("POST", path)).status, 204);
  });
});
