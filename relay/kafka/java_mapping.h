// What the parts of the mapping of Java's names share. Private to java_names.cpp and java_security.cpp.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "relay/kafka/settings.h"

namespace penstock {

struct JavaValue {
  std::string value;
  std::string origin;  // the name as written, with its prefix
};
// By Java's name without a prefix; of a name that is written with several, the one that goes before the others.
using JavaProperties = std::map<std::string, JavaValue, std::less<>>;

class JavaMapping {
 public:
  JavaMapping(const JavaProperties& java, MappedSettings& out) : java_(java), out_(out) {}

  const JavaValue* find(std::string_view name) const {
    const auto found = java_.find(name);
    return found == java_.end() ? nullptr : &found->second;
  }
  std::string value(std::string_view name) const {
    const JavaValue* found = find(name);
    return found == nullptr ? std::string() : found->value;
  }

  void set_client(std::string_view name, std::string value, const std::string& origin, bool secret = false) {
    out_.settings.client.push_back({std::string(name), std::move(value), origin, secret});
  }
  void set_producer(std::string_view name, std::string value, const std::string& origin) {
    out_.settings.producer.push_back({std::string(name), std::move(value), origin, false});
  }
  void refuse(const std::string& origin, std::string_view why, std::string mend) {
    out_.problems.push_back({Code::kKafkaSettings, origin + " " + std::string(why), std::move(mend)});
  }
  void note(const std::string& origin, std::string_view why) { out_.notes.push_back(origin + ": " + std::string(why)); }
  MappedSettings& out() { return out_; }

 private:
  const JavaProperties& java_;
  MappedSettings& out_;
};

// True for the names that map_security() reads: security.protocol, sasl.*, ssl.*.
bool is_security_name(std::string_view name);

// All of them at once, because they only mean something together.
void map_security(const JavaProperties& java, JavaMapping& mapping);

}  // namespace penstock
