#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "relay/kafka/client.h"
#include "relay/kafka/jaas.h"
#include "relay/kafka/java_mapping.h"

namespace penstock {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// Names that Java knows and that need nothing here, besides those that the functions below read.
constexpr std::array kWithoutEffect = {
    "ssl.protocol",
    "ssl.provider",
    "ssl.keymanager.algorithm",
    "ssl.trustmanager.algorithm",
    "ssl.secure.random.implementation",
    "ssl.truststore.password",
    "ssl.enabled.protocols",
    "sasl.login.refresh.buffer.seconds",
    "sasl.login.refresh.min.period.seconds",
    "sasl.login.refresh.window.factor",
    "sasl.login.refresh.window.jitter",
    "sasl.login.connect.timeout.ms",
    "sasl.login.read.timeout.ms",
    "sasl.login.retry.backoff.ms",
    "sasl.login.retry.backoff.max.ms",
    "sasl.kerberos.kinit.cmd",
    "sasl.kerberos.min.time.before.relogin",
    "sasl.kerberos.service.name",
    "sasl.kerberos.ticket.renew.jitter",
    "sasl.kerberos.ticket.renew.window.factor",
};
constexpr std::array kRead = {
    "security.protocol",
    "sasl.mechanism",
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.client.callback.handler.class",
    "sasl.login.class",
    "sasl.oauthbearer.token.endpoint.url",
    "sasl.oauthbearer.scope",
    "ssl.truststore.type",
    "ssl.truststore.location",
    "ssl.truststore.certificates",
    "ssl.keystore.type",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.key",
    "ssl.keystore.certificate.chain",
    "ssl.key.password",
    "ssl.endpoint.identification.algorithm",
    "ssl.cipher.suites",
    "ssl.engine.factory.class",
};

bool any_of(std::span<const char* const> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A store's type as Java takes it: JKS unless it is said.
std::string store_type(const JavaMapping& mapping, std::string_view property) {
  const std::string type = mapping.value(property);
  return type.empty() ? "JKS" : upper(type);
}

void map_truststore(JavaMapping& mapping) {
  if (const JavaValue* pem = mapping.find("ssl.truststore.certificates")) {
    mapping.set_client("ssl.ca.pem", pem->value, pem->origin);
  }
  const JavaValue* location = mapping.find("ssl.truststore.location");
  if (location == nullptr || location->value.empty()) return;
  const std::string type = store_type(mapping, "ssl.truststore.type");
  if (type == "PEM") return mapping.set_client("ssl.ca.location", location->value, location->origin);
  const std::string prefix = location->origin.substr(0, location->origin.size() - sizeof("location") + 1);
  mapping.refuse(location->origin, "is a store of type " + type + ", which only Java reads",
                 "keytool -list -rfc -keystore " + location->value + " > " + location->value + ".pem   then set " +
                     location->origin + "=" + location->value + ".pem and " + prefix + "type=PEM");
}

void map_pem_keystore(JavaMapping& mapping) {
  if (const JavaValue* key = mapping.find("ssl.keystore.key")) {
    mapping.set_client("ssl.key.pem", key->value, key->origin, true);
  }
  if (const JavaValue* chain = mapping.find("ssl.keystore.certificate.chain")) {
    mapping.set_client("ssl.certificate.pem", chain->value, chain->origin);
  }
}

void map_keystore(JavaMapping& mapping) {
  map_pem_keystore(mapping);
  if (const JavaValue* password = mapping.find("ssl.key.password")) {
    mapping.set_client("ssl.key.password", password->value, password->origin, true);
  }
  const JavaValue* location = mapping.find("ssl.keystore.location");
  if (location == nullptr || location->value.empty()) return;
  const std::string type = store_type(mapping, "ssl.keystore.type");
  if (type == "PEM") {  // one file with the key and the chain
    mapping.set_client("ssl.certificate.location", location->value, location->origin);
    return mapping.set_client("ssl.key.location", location->value, location->origin);
  }
  if (type == "PKCS12") {
    mapping.set_client("ssl.keystore.location", location->value, location->origin);
    if (const JavaValue* password = mapping.find("ssl.keystore.password")) {
      mapping.set_client("ssl.keystore.password", password->value, password->origin, true);
    }
    return;
  }
  const std::string prefix = location->origin.substr(0, location->origin.size() - sizeof("location") + 1);
  mapping.refuse(location->origin, "is a store of type " + type + ", which only Java reads",
                 "keytool -importkeystore -srckeystore " + location->value + " -destkeystore " + location->value +
                     ".p12 -deststoretype PKCS12   then set " + location->origin + "=" + location->value + ".p12 and " +
                     prefix + "type=PKCS12");
}

void map_tls(JavaMapping& mapping) {
  map_truststore(mapping);
  map_keystore(mapping);
  if (const JavaValue* check = mapping.find("ssl.endpoint.identification.algorithm")) {
    const std::string algorithm =
        lower(check->value);  // Java switches the check of the host's name off by an empty text
    mapping.set_client("ssl.endpoint.identification.algorithm", algorithm.empty() ? "none" : algorithm, check->origin);
  }
  if (const JavaValue* suites = mapping.find("ssl.cipher.suites"); suites != nullptr && !suites->value.empty()) {
    mapping.refuse(suites->origin, "has names that only Java knows",
                   "remove " + suites->origin + ": the suites of the system's OpenSSL policy are used");
  }
  if (const JavaValue* engine = mapping.find("ssl.engine.factory.class"); engine != nullptr && !engine->value.empty()) {
    mapping.refuse(engine->origin, "names a Java class, which cannot be loaded here", "remove " + engine->origin);
  }
}

// What to use where a login needs Java, by what this build can do.
std::string other_login() {
  const std::string scram = "use SCRAM-SHA-512, PLAIN over TLS or a client certificate";
  if (client_fetches_tokens()) return scram + ", or OAUTHBEARER with sasl.oauthbearer.token.endpoint.url";
  return scram + "; OAUTHBEARER needs a librdkafka of 1.9 or later that was built with libcurl, this is " +
         rd_kafka_version_str() + " without it";
}

// Options of OAuthBearerLoginModule: a token from an endpoint, or one that is made here without a signature.
void map_oauth(const JaasEntry& jaas, const std::string& origin, JavaMapping& mapping) {
  if (const JavaValue* endpoint = mapping.find("sasl.oauthbearer.token.endpoint.url")) {
    if (!client_fetches_tokens()) {
      return mapping.refuse(endpoint->origin, "asks for tokens from an endpoint, which this build cannot fetch",
                            other_login());
    }
    mapping.set_client("sasl.oauthbearer.method", "oidc", endpoint->origin);
    mapping.set_client("sasl.oauthbearer.token.endpoint.url", endpoint->value, endpoint->origin);
    mapping.set_client("sasl.oauthbearer.client.id", jaas.option("clientId"), origin);
    mapping.set_client("sasl.oauthbearer.client.secret", jaas.option("clientSecret"), origin, true);
    if (const std::string scope = jaas.option("scope"); !scope.empty()) {
      mapping.set_client("sasl.oauthbearer.scope", scope, origin);
    }
    return;
  }
  const std::string principal = jaas.option("unsecuredLoginStringClaim_sub");
  if (principal.empty()) {
    return mapping.refuse(
        origin, "has no way to a token",
        client_fetches_tokens() ? "set sasl.oauthbearer.token.endpoint.url beside it" : other_login());
  }
  mapping.set_client("enable.sasl.oauthbearer.unsecure.jwt", "true", origin);
  mapping.set_client("sasl.oauthbearer.config", "principal=" + principal, origin);
}

void map_jaas(const JavaValue& config, JavaMapping& mapping) {
  const auto jaas = parse_jaas(config.value);
  if (!jaas) {
    return mapping.refuse(config.origin, "cannot be read",
                          "write it as: org.apache.kafka.common.security.plain.PlainLoginModule required "
                          "username=\"<user>\" password=\"<password>\";");
  }
  const std::string_view module = jaas->module_name();
  if (module == "PlainLoginModule" || module == "ScramLoginModule") {
    mapping.set_client("sasl.username", jaas->option("username"), config.origin);
    mapping.set_client("sasl.password", jaas->option("password"), config.origin, true);
  } else if (module == "OAuthBearerLoginModule") {
    map_oauth(*jaas, config.origin, mapping);
  } else if (module == "Krb5LoginModule") {
    mapping.refuse(config.origin, "asks for Kerberos, which is not supported", other_login());
  } else {
    mapping.refuse(config.origin, "names the login module " + jaas->module + ", which cannot be loaded here",
                   other_login());
  }
}

void map_sasl(JavaMapping& mapping) {
  const JavaValue* mechanism = mapping.find("sasl.mechanism");
  const std::string name = mechanism == nullptr ? "GSSAPI" : upper(mechanism->value);
  const std::string origin = mechanism == nullptr ? "security.protocol" : mechanism->origin;
  if (name == "GSSAPI") {
    return mapping.refuse(origin, "asks for Kerberos (sasl.mechanism GSSAPI), which is not supported", other_login());
  }
  mapping.set_client("sasl.mechanisms", name, origin);
  for (const char* handler :
       {"sasl.login.callback.handler.class", "sasl.client.callback.handler.class", "sasl.login.class"}) {
    const JavaValue* java = mapping.find(handler);
    if (java == nullptr || java->value.empty() || java->value.ends_with(".OAuthBearerLoginCallbackHandler")) continue;
    mapping.refuse(java->origin, "names the Java class " + java->value + ", which cannot be loaded here",
                   other_login());
  }
  const JavaValue* config = mapping.find("sasl.jaas.config");
  if (config != nullptr && !config->value.empty()) return map_jaas(*config, mapping);
  mapping.refuse(origin, "needs sasl.jaas.config beside it", "set sasl.jaas.config with the user and the password");
}

}  // namespace

bool is_security_name(std::string_view name) {
  return name == "security.protocol" || name.starts_with("sasl.") || name.starts_with("ssl.");
}

void map_security(const JavaProperties& java, JavaMapping& mapping) {
  for (const auto& [name, value] : java) {
    if (!is_security_name(name) || any_of(kRead, name)) continue;
    if (any_of(kWithoutEffect, name)) {
      mapping.note(value.origin, "has no counterpart here and changes nothing that a record would show");
    } else {
      mapping.refuse(value.origin, "is not known here", "remove " + value.origin);
    }
  }
  const JavaValue* protocol = mapping.find("security.protocol");
  const std::string name = protocol == nullptr ? "PLAINTEXT" : upper(protocol->value);
  if (protocol != nullptr) mapping.set_client("security.protocol", lower(name), protocol->origin);
  if (name == "SSL" || name == "SASL_SSL") map_tls(mapping);
  if (name.starts_with("SASL_")) map_sasl(mapping);
}

}  // namespace penstock
