/**
 * All converters as plugins. The connector's configuration decides which of them reads keys, values and
 * headers, and applies converter options only if the same configuration names the converter.
 *
 * @module
 */

import { ConfigDef } from "../api/config_def.ts";
import type { Converter, ConverterPlugin, HeaderConverterPlugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";
import { BooleanConverter, booleanConverterConfig } from "./boolean_converter.ts";
import { ByteArrayConverter, byteArrayConverterConfig } from "./byte_array_converter.ts";
import { JsonConverter } from "./json/json_converter.ts";
import { jsonConverterConfig } from "./json/json_converter_config.ts";
import { NumberConverter, numberConverterConfig, numberFormats } from "./number_converter.ts";
import { SimpleHeaderConverter } from "./simple_header_converter.ts";
import { StringConverter, stringConverterConfig } from "./string_converter.ts";

/** The Kafka Connect release whose behaviour these converters have. */
const version = "4.3.1";

interface Declaration {
  readonly className: string;
  readonly documentation: string;
  readonly config: ConfigDef;
  create(props: Props): Converter;
}

/**
 * Converters for keys and values; each can also read headers.
 *
 * @example
 * ```ts
 * import { converterPlugins } from "./mod.ts";
 * const strings = converterPlugins.find(({ className }) => className.endsWith("StringConverter"));
 * const converter = strings?.create({ "converter.encoding": "UTF-8" }, false);
 * if (converter?.toConnectData("t", null).value !== null) throw new Error("null bytes are null");
 * ```
 */
export const converterPlugins: readonly ConverterPlugin[] = [
  plugin({
    className: "org.apache.kafka.connect.json.JsonConverter",
    documentation: "JSON, with a schema in every message or without schemas.",
    config: jsonConverterConfig,
    create: (props) => new JsonConverter(jsonConverterConfig.parse(props)),
  }),
  plugin({
    className: "org.apache.kafka.connect.storage.StringConverter",
    documentation: "Text in any character set; other data is written as Java prints it.",
    config: stringConverterConfig,
    create: (props) => new StringConverter(stringConverterConfig.parse(props)),
  }),
  plugin({
    className: "org.apache.kafka.connect.converters.ByteArrayConverter",
    documentation: "Bytes, unchanged.",
    config: byteArrayConverterConfig,
    create: () => new ByteArrayConverter(),
  }),
  plugin({
    className: "org.apache.kafka.connect.converters.BooleanConverter",
    documentation: "Booleans as one byte.",
    config: booleanConverterConfig,
    create: () => new BooleanConverter(),
  }),
  ...Object.entries(numberFormats).map(([name, format]) =>
    plugin({
      className: `org.apache.kafka.connect.converters.${name}`,
      documentation: `Numbers of type ${format.name} as ${format.bytes} bytes, big-endian.`,
      config: numberConverterConfig,
      create: () => new NumberConverter(format),
    })
  ),
];

/** Converters for headers only. */
export const headerConverterPlugins: readonly HeaderConverterPlugin[] = [{
  type: "header_converter",
  className: "org.apache.kafka.connect.storage.SimpleHeaderConverter",
  version,
  documentation: "Guesses the type of a header from its text.",
  config: ConfigDef.of({}),
  create: () => new SimpleHeaderConverter(),
}];

function plugin(declaration: Declaration): ConverterPlugin {
  const { className, documentation, config } = declaration;
  const type = "converter";
  return { type, className, version, documentation, config, create: (props) => declaration.create(props) };
}
