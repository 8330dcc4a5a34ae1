import assert from "node:assert/strict";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import { consumerSettings } from "../../../../../connect/kafka/consumer_settings.ts";
import { parseJaas } from "../../../../../connect/kafka/security/jaas.ts";
import { securitySettings } from "../../../../../connect/kafka/security/security_settings.ts";
import { tlsFailure } from "../../../../../connect/security/tls_failure.ts";
import { Settings } from "../../../../../connect/kafka/wire/settings.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

type Properties = Readonly<Record<string, string>>;

const read = (properties: Properties) => securitySettings(new Settings(properties));
const scram =
  'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="s3cret";';
const login = {
  "security.protocol": "SASL_SSL",
  "sasl.mechanism": "SCRAM-SHA-512",
  "sasl.jaas.config": scram,
};
const token = {
  "security.protocol": "SASL_SSL",
  "sasl.mechanism": "OAUTHBEARER",
  "sasl.jaas.config": 'x.OAuthBearerLoginModule required clientId="id" clientSecret="s3cret" scope="a";',
  "sasl.oauthbearer.token.endpoint.url": "https://login.example/token",
};

Deno.test("securitySettings() is plain text only where nothing else is asked for", () => {
  assert.deepEqual(read({}), { protocol: "PLAINTEXT", tls: null, sasl: null, authRetryTimeoutMs: 300_000 });
  assert.equal(read({ "security.protocol": "ssl" }).protocol, "SSL");
  assert.notEqual(read({ "security.protocol": "SSL" }).tls, null);
  assert.equal(read(login).sasl?.mechanism, "SCRAM-SHA-512");
  assert.equal(read({ ...login, "security.protocol": "SASL_PLAINTEXT" }).tls, null);
});

Deno.test("securitySettings() checks the host unless told not to", () => {
  const of = (more: Properties) => read({ "security.protocol": "SSL", ...more }).tls?.checksHost;
  assert.equal(of({}), true);
  assert.equal(of({ "ssl.endpoint.identification.algorithm": "HTTPS" }), true);
  assert.equal(of({ "ssl.endpoint.identification.algorithm": "" }), false);
});

Deno.test("securitySettings() narrows TLS versions and never widens them", () => {
  const of = (text: string) =>
    read({ "security.protocol": "SSL", "ssl.enabled.protocols": text }).tls?.versions;
  assert.deepEqual(of("TLSv1.3"), { min: "TLSv1.3", max: "TLSv1.3" });
  assert.deepEqual(of("TLSv1.1, TLSv1.2"), { min: "TLSv1.2", max: "TLSv1.2" });
  assert.throws(() => of("TLSv1.1"), /ssl\.enabled\.protocols: expected TLSv1\.2 or TLSv1\.3/);
});

const wrong: readonly (readonly [string, Properties, RegExp])[] = [
  [
    "a Java trust store",
    { "security.protocol": "SSL", "ssl.truststore.type": "JKS" },
    /JKS .*ssl\.truststore\.type: expected PEM/,
  ],
  [
    "a password for PEM",
    { "security.protocol": "SSL", "ssl.truststore.password": "s3cret" },
    /Cannot use ssl\.truststore\.password/,
  ],
  [
    "a key store's password",
    { "security.protocol": "SSL", "ssl.keystore.password": "s3cret" },
    /set ssl\.key\.password/,
  ],
  ["two trust stores", {
    "security.protocol": "SSL",
    "ssl.truststore.location": "/a",
    "ssl.truststore.certificates": "b",
  }, /both ssl\.truststore\.location and ssl\.truststore\.certificates/],
  ["two key stores", {
    "security.protocol": "SSL",
    "ssl.keystore.location": "/a",
    "ssl.keystore.certificate.chain": "b",
  }, /both ssl\.keystore\.location and ssl\.keystore\.certificate\.chain/],
  [
    "a key alone",
    { "security.protocol": "SSL", "ssl.keystore.key": "s3cret" },
    /expected ssl\.keystore\.certificate\.chain too/,
  ],
  [
    "a certificate alone",
    { "security.protocol": "SSL", "ssl.keystore.certificate.chain": "x" },
    /expected ssl\.keystore\.key too/,
  ],
  [
    "another check of hosts",
    { "security.protocol": "SSL", "ssl.endpoint.identification.algorithm": "ldaps" },
    /expected https/,
  ],
  [
    "no mechanism",
    { "security.protocol": "SASL_SSL" },
    /GSSAPI for configuration sasl\.mechanism.*expected PLAIN/,
  ],
  [
    "no login",
    { "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN" },
    /Missing sasl\.jaas\.config: expected PlainLoginModule/,
  ],
  [
    "another mechanism's module",
    { ...login, "sasl.mechanism": "PLAIN" },
    /Expected PlainLoginModule for sasl\.mechanism PLAIN/,
  ],
  [
    "no password",
    { ...login, "sasl.jaas.config": 'x.ScramLoginModule required username="u";' },
    /Expected password/,
  ],
  [
    "no user",
    { ...login, "sasl.jaas.config": 'x.ScramLoginModule required password="s3cret";' },
    /Expected username/,
  ],
  [
    "a delegation token",
    { ...login, "sasl.jaas.config": scram.replace(";", ' tokenauth="true";') },
    /tokenauth/,
  ],
  [
    "no token endpoint",
    { ...token, "sasl.oauthbearer.token.endpoint.url": "" },
    /Missing sasl\.oauthbearer\.token\.endpoint\.url/,
  ],
  [
    "a user in the endpoint's URL",
    { ...token, "sasl.oauthbearer.token.endpoint.url": "https://u:s3cret@x/" },
    /without a user/,
  ],
  [
    "no client",
    { ...token, "sasl.jaas.config": "x.OAuthBearerLoginModule required;" },
    /Missing sasl\.oauthbearer\.client\.credentials\.client\.id/,
  ],
  [
    "another way to tokens",
    { ...token, "sasl.login.callback.handler.class": "com.x.Handler" },
    /com\.x\.Handler.*Sluice has no such class/,
  ],
  ["an extension that can't be sent", {
    ...token,
    "sasl.jaas.config": token["sasl.jaas.config"].replace(";", ' extension_auth="s3cret";'),
  }, /Expected extensions/],
];
for (const [name, properties, expected] of wrong) {
  Deno.test(`securitySettings() refuses ${name} and names the option, not its secret`, () => {
    assert.throws(() => read(properties), (error: unknown) => {
      assert.ok(error instanceof ConfigException);
      assert.match(error.message, expected);
      assert.doesNotMatch(`${error.message} ${error.connectText}`, /s3cret/);
      return true;
    });
  });
}

Deno.test("securitySettings() takes client credentials from options before those of sasl.jaas.config", () => {
  const { sasl } = read({
    ...token,
    "sasl.oauthbearer.client.credentials.client.id": "other",
    "sasl.oauthbearer.scope": "b",
  });
  assert.ok(sasl?.mechanism === "OAUTHBEARER" && sasl.token.kind === "endpoint");
  assert.equal(sasl.token.clientId, "other");
  assert.equal(sasl.token.clientSecret.value, "s3cret");
  assert.equal(sasl.token.scope, "b");
  assert.doesNotMatch(JSON.stringify(sasl), /s3cret/);
});

Deno.test("consumerSettings() warns of ssl and sasl options that plain text doesn't use", () => {
  const logger = new FakeLogger();
  const base = {
    "bootstrap.servers": "a:1",
    "sasl.jaas.config": scram,
    "ssl.truststore.location": "/ca.pem",
  };
  consumerSettings(base, { groupId: "g", clientId: "c", overrides: {} }, logger);
  assert.deepEqual(logger.lines.map(({ message }) => message), [
    "These consumer properties have no effect in Sluice: sasl.jaas.config, ssl.truststore.location",
  ]);
});

Deno.test("consumerSettings() lets a connector log in as somebody else than the worker", () => {
  const overrides = { "sasl.jaas.config": scram.replace('"u"', '"other"') };
  const base = { "bootstrap.servers": "a:1", ...login };
  const { client } = consumerSettings(base, { groupId: "g", clientId: "c", overrides }, new FakeLogger());
  assert.ok(client.security.sasl?.mechanism === "SCRAM-SHA-512");
  assert.equal(client.security.sasl.username, "other");
});

Deno.test("parseJaas() reads what Java's does", () => {
  const text =
    `/* who */ x.PlainLoginModule  REQUIRED\n user=a.b-c // plain\n password='it "is" \\'so\\';' empty="";`;
  assert.deepEqual(parseJaas(text), {
    module: "x.PlainLoginModule",
    options: { user: "a.b-c", password: `it "is" 'so';`, empty: "" },
  });
});

Deno.test("parseJaas() says what was expected and quotes nothing", () => {
  const texts = [
    "",
    "x",
    "x required",
    "x required a",
    'x required a="s3cret";;',
    'x required a="s3cret',
    "x maybe;",
  ];
  for (const text of [...texts, 'x required a="b" s3cret;', 'KafkaClient { x required a="s3cret"; };']) {
    assert.throws(() => parseJaas(text), (error: unknown) => {
      assert.ok(error instanceof ConfigException, text);
      assert.match(error.message, /\[hidden\] for configuration sasl\.jaas\.config: Expected /);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  }
});

Deno.test("tlsFailure() knows the codes and the runtime's own texts", () => {
  const of = (message: string, code?: string) => tlsFailure(Object.assign(new Error(message), { code }));
  const untrusted = "the certificate is not signed by one that is trusted";
  assert.equal(of("unable to verify", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"), untrusted);
  assert.equal(of("invalid peer certificate: UnknownIssuer"), untrusted);
  assert.equal(of("self signed", "DEPTH_ZERO_SELF_SIGNED_CERT"), untrusted);
  assert.equal(of("invalid peer certificate: Expired"), "the certificate has expired or isn't valid yet");
  assert.equal(of("", "CERT_HAS_EXPIRED"), "the certificate has expired or isn't valid yet");
  assert.equal(of("", "ERR_TLS_CERT_ALTNAME_INVALID"), "the certificate is for another host");
  for (
    const text of ["NotValidForName", 'certificate not valid for name "a"; certificate is only valid for b']
  ) {
    assert.equal(of(`invalid peer certificate: ${text}`), "the certificate is for another host", text);
  }
  for (
    const text of ["NotValidYet", "certificate not valid yet: verification time 1", "certificate expired: 2"]
  ) {
    const expected = "the certificate has expired or isn't valid yet";
    assert.equal(of(`invalid peer certificate: ${text}`), expected, text);
  }
  for (
    const alert of [
      "BadCertificate",
      "CertificateUnknown",
      "CertificateRequired",
      "CertificateExpired",
      "UnknownCA",
    ]
  ) {
    assert.equal(of(`received fatal alert: ${alert}`), "it doesn't take our certificate", alert);
  }
  assert.equal(of("received fatal alert: HandshakeFailure"), "no TLS version or cipher in common");
  assert.equal(of("received corrupt message of type InvalidContentType"), "it doesn't speak TLS");
  assert.equal(of("connect ECONNREFUSED", "ECONNREFUSED"), undefined);
  assert.equal(of("read ECONNRESET", "ECONNRESET"), undefined);
});
