/** A session that runs nothing and records each statement that the sink sends. @module */

import type { Session } from "../../../sinks/postgres/connection/session.ts";

/** The rows that answer a statement. */
export type Answers = (text: string) => readonly object[];

/** The sent texts, and the session. */
export interface RecordedSession {
  readonly session: Session;
  readonly sent: readonly string[];
}

/**
 * Makes a session.
 *
 * @param version the server's, as `server_version_num`
 */
export function recordedSession(version = 180_000, answers: Answers = () => []): RecordedSession {
  const sent: string[] = [];
  const send = (text: string) => {
    sent.push(text);
    const rows = Object.assign([...answers(text)], { count: 1, command: text.toUpperCase() });
    const ended = () => Promise.resolve(rows);
    return Object.assign(Promise.resolve(rows), { execute: ended, simple: ended });
  };
  const tagged = (parts: TemplateStringsArray) =>
    send(parts.reduce((text, part, index) => `${text}$${index}${part}`));
  const sql = Object.assign(tagged, { unsafe: send, begin: (work: (tx: unknown) => unknown) => work(sql) });
  const session = {
    ...{ sql, query: send, isLost: false, facts: { pid: 17, version, isReadOnly: false } },
    flight: (statements: readonly { readonly text: string }[]) =>
      Promise.all(statements.map(({ text }) => send(text))),
    ...{ run: <T>(work: () => PromiseLike<T>) => work(), close: () => Promise.resolve() },
  };
  return { session: session as unknown as Session, sent };
}
