/**
 * Parameters of the JDBC driver (pgjdbc 42.7) and of libpq that Sluice doesn't have. Those that only tune the driver
 * are ignored. The others are refused, with what to write instead.
 *
 * @module
 */

/** These tune what Sluice does anyway, or what only Java code sees. */
const withoutEffect: ReadonlySet<string> = new Set([
  // statements and results
  ...["adaptiveFetch", "adaptiveFetchMaximum", "adaptiveFetchMinimum", "autosave", "cleanupSavepoints"],
  ...["binaryTransfer", "binaryTransferDisable", "binaryTransferEnable", "convertBooleanToNumeric"],
  ...["defaultRowFetchSize", "disableColumnSanitiser", "escapeSyntaxCallMode", "flushCacheOnDdl"],
  ...["maxResultBuffer", "preparedStatementCacheSizeMiB", "queryTimeout", "quoteReturningIdentifiers"],
  ...["reWriteBatchedInserts", "reWriteBatchedInsertsSize", "stringtype", "unknownLength"],
  // the driver's checks and log
  ...["allowEncodingChanges", "assumeMinServerVersion", "classLoaderStrategy", "databaseMetadataCacheFields"],
  ...["databaseMetadataCacheFieldsMiB", "hideUnprivilegedObjects", "loggerFile", "loggerLevel"],
  ...["logServerErrorDetail", "logUnclosedConnections", "readOnlyMode", "xmlFactoryFactory"],
  // the network
  ...["cancelSignalTimeout", "connectExecutor", "connectExecutorArg", "groupStartupParameters"],
  ...["gssResponseTimeout", "hostRecheckSeconds", "loadBalanceHosts", "maxSendBufferSize"],
  ...[
    "receiveBufferSize",
    "sendBufferSize",
    "socketTimeout",
    "sslResponseTimeout",
    "tcpKeepAlive",
    "tcpNoDelay",
  ],
  ...["keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"],
  // keys and logins that only matter together with other parameters
  ...["gsslib", "jaasApplicationName", "jaasLogin", "pemKeyAlgorithm", "sspiServiceClass"],
]);

interface Refusal {
  /** Values that change nothing, in lower case: the driver's defaults and their synonyms. */
  readonly harmless: readonly string[];
  readonly remedy: string;
}

const leaveOut = "leave it out";
const logins = "leave it out: Sluice logs in by password or by certificate (sslcert, sslkey)";

/** By pgjdbc's name, and by libpq's if it differs. */
const refusals: Readonly<Record<string, Refusal>> = {
  ...both(["gssEncMode", "gssencmode"], {
    harmless: ["disable", "allow", "prefer"],
    remedy: "encrypt by TLS: sslmode=verify-full",
  }),
  ...both(["sslNegotiation", "sslnegotiation"], {
    harmless: ["postgres"],
    remedy: `${leaveOut}: every server that takes TLS at once takes the usual negotiation, too`,
  }),
  scramMaxIterations: {
    harmless: ["100000"],
    remedy: `${leaveOut}: 4,096 to 1,000,000 are made, as the server asks`,
  },
  sslfactory: {
    harmless: ["org.postgresql.ssl.libpqfactory", "org.postgresql.ssl.jdbc4.libpqfactory"],
    remedy:
      "say it by sslmode: require encrypts without a check, as NonValidatingFactory does; verify-full checks, " +
      "with sslrootcert=FILE or, as DefaultJavaSSLFactory does, with sslrootcert=system",
  },
  sslfactoryarg: { harmless: [], remedy: "name the certificate's file by sslrootcert" },
  sslhostnameverifier: {
    harmless: [],
    remedy: "say it by sslmode: verify-ca checks the certificate alone, verify-full its host name, too",
  },
  sslpasswordcallback: { harmless: [], remedy: "give the key's password by sslpassword" },
  sslAlias: { harmless: [], remedy: "name the certificate's file by sslcert and its key's by sslkey" },
  authenticationPluginClassName: {
    harmless: [],
    remedy:
      "give the password by connection.password; as ${file:PATH:KEY} it is looked up for each connection",
  },
  gssUseDefaultCreds: { harmless: ["false"], remedy: logins },
  kerberosServerName: { harmless: [], remedy: logins },
  useSpnego: { harmless: ["false"], remedy: logins },
  readOnly: { harmless: ["false"], remedy: `${leaveOut}: a sink writes` },
  replication: { harmless: ["false"], remedy: `${leaveOut}: a sink writes rows` },
  protocolVersion: { harmless: ["3"], remedy: `${leaveOut}: it is 3` },
  options: {
    harmless: [],
    remedy: "name the schema by currentSchema or search_path, and set other settings for the role: " +
      "alter role … set …",
  },
  service: { harmless: [], remedy: "write its host, port and database into the URL" },
  ...both(["socketFactory", "socketFactoryArg"], {
    harmless: [],
    remedy: "name the server, or a proxy that reaches it, as the URL's host",
  }),
  localSocketAddress: { harmless: [], remedy: `${leaveOut}: the system's routes say from where it connects` },
};

function both(names: readonly string[], refusal: Refusal): Readonly<Record<string, Refusal>> {
  return Object.fromEntries(names.map((name) => [name, refusal]));
}

/**
 * Returns the error text for a parameter without counterpart: null if its value changes nothing, undefined if the
 * parameter is unknown.
 *
 * @example
 * ```ts
 * import { foreignParameterProblem } from "./jdbc_parameters.ts";
 * if (foreignParameterProblem("tcpKeepAlive", "true") !== null) throw new Error("it tunes the driver");
 * if (!foreignParameterProblem("readOnly", "true")?.includes("a sink writes")) throw new Error("it means something");
 * if (foreignParameterProblem("sslmod", "require") !== undefined) throw new Error("it is a slip");
 * ```
 */
export function foreignParameterProblem(name: string, value: string): string | null | undefined {
  if (withoutEffect.has(name)) return null;
  const refusal = Object.hasOwn(refusals, name) ? refusals[name] : undefined;
  if (refusal === undefined) return undefined;
  if (value === "" || refusal.harmless.includes(value.toLowerCase())) return null;
  return `Parameter ${name} asks for what Sluice doesn't do: ${refusal.remedy}`;
}
