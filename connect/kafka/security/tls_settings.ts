/**
 * The `ssl.*` properties: trusted certificates and the client's own, in PEM. (KIP-651) Files are read for each
 * connection, so the next one uses a renewed certificate. @module
 */

import { readFile } from "node:fs/promises";
import type { ConnectionOptions as TlsOptions, SecureVersion } from "node:tls";
import { Password } from "../../api/config_def.ts";
import { ConfigException } from "../../api/exceptions.ts";
import { certificatesOf, PemError, privateKeyOf, requireKeyOf } from "../../security/pem.ts";
import type { Settings } from "../wire/settings.ts";

export type PemSource = { readonly option: string } & ({ readonly path: string } | { readonly pem: string });

/** The client's certificate and key, for brokers that ask. */
interface TlsIdentity {
  readonly chain: PemSource;
  readonly key: PemSource;
  readonly password: Password | null;
}

export interface TlsSettings {
  /** Null = the certificates that the system trusts. */
  readonly trust: PemSource | null;
  readonly identity: TlsIdentity | null;
  /** Checks that the certificate is for the host. */
  readonly checksHost: boolean;
  readonly versions: { readonly min: SecureVersion; readonly max: SecureVersion };
}

/** Parses the properties. @throws ConfigException that names the wrong one */
export function tlsSettings(settings: Settings): TlsSettings {
  return {
    trust: trustOf(settings),
    identity: identityOf(settings),
    checksHost: checksHost(settings),
    versions: versionsOf(settings),
  };
}

/** Reads the files. @throws ConfigException that names the option whose file or text is wrong */
export async function readTls(settings: TlsSettings): Promise<TlsOptions> {
  const { trust, identity, checksHost, versions } = settings;
  return {
    rejectUnauthorized: true,
    minVersion: versions.min,
    maxVersion: versions.max,
    ...(trust === null ? {} : { ca: [...await withPem(trust, certificatesOf)] }),
    ...(identity === null ? {} : await readIdentity(identity)),
    ...(checksHost ? {} : { checkServerIdentity: () => undefined }),
  };
}

function trustOf(settings: Settings): PemSource | null {
  requirePemType(settings, "ssl.truststore.type");
  refusePassword(settings, "ssl.truststore.password", "a trust store in PEM has none");
  return oneSource(settings, "ssl.truststore.location", "ssl.truststore.certificates");
}

function identityOf(settings: Settings): TlsIdentity | null {
  requirePemType(settings, "ssl.keystore.type");
  refusePassword(
    settings,
    "ssl.keystore.password",
    "a key store in PEM has none, set ssl.key.password for the key",
  );
  const password = settings.optional("ssl.key.password");
  const secret = password === null ? null : new Password(password);
  const key = oneSource(settings, "ssl.keystore.location", "ssl.keystore.key");
  const chain = settings.optional("ssl.keystore.certificate.chain");
  if (key === null && chain === null) return null;
  if (key !== null && "path" in key) {
    if (chain === null) return { chain: key, key, password: secret };
    throw new ConfigException(
      "Cannot use both ssl.keystore.location and ssl.keystore.certificate.chain: expected one of them",
    );
  }
  if (key === null || chain === null) {
    const [given, missing] = key === null ? ["certificate.chain", "key"] : ["key", "certificate.chain"];
    throw new ConfigException(`Cannot use ssl.keystore.${given} alone: expected ssl.keystore.${missing} too`);
  }
  return { chain: { option: "ssl.keystore.certificate.chain", pem: chain }, key, password: secret };
}

function oneSource(settings: Settings, pathOption: string, textOption: string): PemSource | null {
  const path = settings.optional(pathOption);
  const pem = settings.optional(textOption);
  if (path !== null && pem !== null) {
    throw new ConfigException(`Cannot use both ${pathOption} and ${textOption}: expected one of them`);
  }
  if (path !== null) return { option: pathOption, path };
  return pem === null ? null : { option: textOption, pem };
}

/** Unset is PEM too: Sluice supports no other type, and refuses other content when it reads it. */
function requirePemType(settings: Settings, option: string): void {
  const type = settings.text(option, "PEM");
  if (type.toUpperCase() === "PEM") return;
  throw new ConfigException(
    `Invalid value ${type} for configuration ${option}: expected PEM; ` +
      "keytool and openssl turn JKS and PKCS12 stores into it",
  );
}

function refusePassword(settings: Settings, option: string, why: string): void {
  if (settings.optional(option) !== null) throw new ConfigException(`Cannot use ${option}: ${why}`);
}

function checksHost(settings: Settings): boolean {
  const option = "ssl.endpoint.identification.algorithm";
  const algorithm = settings.text(option, "https");
  if (algorithm === "") return false;
  if (algorithm.toLowerCase() === "https") return true;
  throw new ConfigException(
    `Invalid value ${algorithm} for configuration ${option}: expected https, or nothing to take any host`,
  );
}

const knownVersions: readonly SecureVersion[] = ["TLSv1.2", "TLSv1.3"];

function versionsOf(settings: Settings): TlsSettings["versions"] {
  settings.text("ssl.protocol", ""); // Java's name for the newest version it may use; the list below decides
  const option = "ssl.enabled.protocols";
  const text = settings.text(option, knownVersions.join(","));
  const wanted = text.split(",").map((version) => version.trim());
  const enabled = knownVersions.filter((version) => wanted.includes(version));
  const [min, max] = [enabled[0], enabled.at(-1)];
  if (min !== undefined && max !== undefined) return { min, max };
  throw new ConfigException(
    `Invalid value ${text} for configuration ${option}: expected ${knownVersions.join(" or ")} in it`,
  );
}

async function readIdentity(identity: TlsIdentity): Promise<TlsOptions> {
  const chain = await withPem(identity.chain, certificatesOf);
  const key = await withPem(
    identity.key,
    (pem) => privateKeyOf(pem, identity.password?.value ?? null),
  );
  await withPem({ option: identity.key.option, pem: "" }, () => requireKeyOf(chain[0] ?? "", key));
  return { cert: chain.join(""), key };
}

async function withPem<T>(source: PemSource, read: (pem: string) => T): Promise<T> {
  const pem = "path" in source ? await readPemFile(source.option, source.path) : source.pem;
  try {
    return read(pem);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    const where = "path" in source ? `, ${source.path}` : "";
    throw new ConfigException(`Cannot use ${source.option}${where}: ${error.message}`, { cause: error });
  }
}

async function readPemFile(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ConfigException(`Cannot read the file of ${option}: ${path} (${why})`, { cause: error });
  }
}
