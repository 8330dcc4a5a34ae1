/** Gets OAUTHBEARER tokens and keeps one while it is valid. @module */

import { readFile } from "node:fs/promises";
import { ConfigException } from "../../api/exceptions.ts";
import type { Time } from "../../api/ports.ts";
import { BrokerAwayError } from "../wire/kafka_error.ts";
import type { EndpointSettings, TokenSettings } from "./token_settings.ts";

/** Part of its lifetime after which a token isn't used for new logins. (`sasl.login.refresh.window.factor`) */
const usedPartMax = 0.8;
/** A Kafka session ends with its token: with less time left, the client would log in again and again. */
const leftMsMin = 15_000;

interface KeptToken {
  readonly of: string;
  readonly token: string;
  readonly usableUntilMs: number;
}

export class TokenSource {
  readonly #time: Time;
  #kept: KeptToken | undefined;

  constructor(time: Time) {
    this.#time = time;
  }

  /**
   * Returns a valid token.
   *
   * @throws ConfigException if the server refuses the client, BrokerAwayError if it doesn't answer
   */
  async token(settings: TokenSettings): Promise<string> {
    if (settings.kind === "file") return await tokenOfFile(settings.path);
    const of = identityOf(settings);
    const kept = this.#kept;
    const startedMs = this.#time.monotonic();
    if (kept?.of === of && startedMs < kept.usableUntilMs) return kept.token;
    const { askEndpoint } = await import("./token_endpoint.ts"); // node:http and node:https take memory
    const { token, lifeMs } = await askEndpoint(settings, this.#time);
    const usableMs = Math.min(lifeMs * usedPartMax, lifeMs - leftMsMin);
    this.#kept = { of, token, usableUntilMs: startedMs + usableMs };
    return token;
  }

  /** The broker refused the token. */
  forget(): void {
    this.#kept = undefined;
  }
}

/** Other credentials need another token. */
function identityOf({ url, clientId, clientSecret, scope }: EndpointSettings): string {
  return JSON.stringify([url.href, clientId, clientSecret.value, scope]);
}

async function tokenOfFile(path: string): Promise<string> {
  const option = "sasl.oauthbearer.token.endpoint.url";
  try {
    const token = (await readFile(path, "utf8")).trim();
    if (/^[\x21-\x7e]+$/.test(token)) return token;
  } catch (cause) {
    throw new ConfigException(`Cannot read the file of ${option}: ${path}`, { cause });
  }
  // Another program may be writing the file right now.
  throw new BrokerAwayError(`the file of ${option}, ${path}, holds no token`);
}
