import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { ConfigException, ConnectException } from "../../../../connect/api/exceptions.ts";
import { PartitionMap } from "../../../../connect/api/record.ts";
import type { ConnectValue } from "../../../../connect/api/schema.ts";
import { fileStreamSink } from "../../../../sinks/file/file_stream_sink.ts";
import { FileStreamSinkTask } from "../../../../sinks/file/file_stream_sink_task.ts";
import { sinkRecord } from "../../../support/fakes/fake_sink_context.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const taskBelow = (...allowedPaths: string[]) => new FileStreamSinkTask({ version: "1", allowedPaths });

Deno.test("records are appended as lines of Java's text, to a file for its owner alone", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "lines.txt");
    const runs: readonly (readonly ConnectValue[])[] = [["a", null], [new Map([["id", 1n]]), "b"]];
    for (const run of runs) {
      const task = taskBelow(folder);
      await task.start({ file });
      await task.put(run.map((value, offset) => sinkRecord(offset, { value })));
      await task.flush(new PartitionMap());
      await task.stop();
      await task.stop();
    }
    assert.equal(await Deno.readTextFile(file), "a\nnull\n{id=1}\nb\n");
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  });
});

Deno.test("standard output gets a record's text as the program wants it shown, a file as it is", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "lines.txt");
    const task = new FileStreamSinkTask({ version: "1", allowedPaths: [folder], onScreen: () => "shown" });
    const written: unknown[] = [];
    const { write } = process.stdout;
    process.stdout.write = ((text: string, done: () => void) => {
      written.push(text);
      done();
    }) as typeof write;
    try {
      await task.put([sinkRecord(0, { value: "\x1b[2J" })]);
    } finally {
      process.stdout.write = write;
    }
    assert.deepEqual(written, ["shown\n"]);
    await task.start({ file });
    await task.put([sinkRecord(1, { value: "\x1b[2J" })]);
    await task.stop();
    assert.equal(await Deno.readTextFile(file), "\x1b[2J\n");
  });
});

Deno.test("a file elsewhere is refused, by the configuration and by the task that meets a link", async () => {
  await withFolder(async (folder) => {
    const [inside, outside] = [join(folder, "inside"), join(folder, "outside")];
    for (const path of [inside, outside]) await Deno.mkdir(path);
    const { validate } = fileStreamSink({ allowedPaths: [inside] });
    for (const file of [join(outside, "x"), `${inside}-too/x`, join(inside, "../outside/x"), inside]) {
      assert.equal(validate?.({ file }).size, 1, file);
    }
    assert.equal(validate?.({ file: join(inside, "x") }).size, 0);
    await Deno.writeTextFile(join(outside, "target"), "");
    await Deno.symlink(outside, join(inside, "folder"));
    await Deno.symlink(join(outside, "target"), join(inside, "file"));
    for (const file of [join(inside, "folder/x"), join(inside, "file")]) {
      assert.equal(validate?.({ file }).size, 0, "which only shows on the disk");
      await assert.rejects(
        taskBelow(inside).start({ file }),
        (error) =>
          error instanceof ConfigException &&
          /isn't below the worker's file\.sink\.dir/.test(error.message),
      );
    }
    assert.equal(await Deno.readTextFile(join(outside, "target")), "");
  });
});

Deno.test("a closed folder within an allowed one isn't written to, also behind a link", async () => {
  await withFolder(async (folder) => {
    const [secrets, files] = [join(folder, "secrets"), join(folder, "secrets/files")];
    await Deno.mkdir(files, { recursive: true });
    await Deno.symlink(secrets, join(folder, "link"));
    const options = { allowedPaths: [folder, files], closedPaths: [secrets] };
    const { validate } = fileStreamSink(options);
    const start = async (file: string) => {
      const task = new FileStreamSinkTask({ version: "1", ...options });
      await task.start({ file });
      await task.stop();
    };
    assert.equal(validate?.({ file: join(secrets, "x") }).size, 1);
    await assert.rejects(start(join(secrets, "x")), ConfigException);
    await assert.rejects(start(join(folder, "link/x")), ConfigException);
    for (const file of [join(folder, "x"), join(files, "x")]) {
      assert.equal(validate?.({ file }).size, 0, file);
      await start(file);
    }
  });
});

Deno.test("a file that cannot be made stops the task in Connect's words", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "is-a-folder");
    await Deno.mkdir(file);
    await assert.rejects(
      taskBelow(folder).start({ file }),
      (error) =>
        error instanceof ConnectException &&
        error.message === `Couldn't find or create file '${file}' for FileStreamSinkTask`,
    );
  });
});

Deno.test("each task has the connector's options, and offsets are Kafka's alone", () => {
  const sink = fileStreamSink({ allowedPaths: [] });
  assert.deepEqual(sink.taskConfigs({ file: "a" }, 2), [{ file: "a" }, { file: "a" }]);
  assert.deepEqual(sink.aliases, ["FileStreamSink", "FileStreamSinkConnector"]);
});

Deno.test("a disk that is full stops the task with the file, the reason and what to do, and no record's value", async () => {
  const task = taskBelow("/dev");
  await task.start({ file: "/dev/full" }); // takes nothing, on every Linux
  try {
    await assert.rejects(task.put([sinkRecord(0, { value: "s3cret" })]), (error) => {
      assert.ok(error instanceof ConnectException);
      assert.match(
        error.message,
        /^Cannot write file '\/dev\/full' of option file: ENOSPC, the disk is full; mend that/,
      );
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  } finally {
    await task.stop();
  }
});
