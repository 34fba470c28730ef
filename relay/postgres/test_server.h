// A private PostgreSQL for the tests of this room, started by scripts/postgres.sh; one for all tests of a process.
// PENSTOCK_TEST_PG_CONFIG names the pg_config of another version than Debian 12's own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "relay/core/ports.h"
#include "relay/postgres/connection.h"
#include "relay/postgres/settings.h"

namespace penstock {

class TestServer {
 public:
  // The shared server; null, with the reason in why_not(), if there is none.
  static TestServer* shared();
  static const std::string& why_not();

  ~TestServer();

  void start();
  // Gives how long the server took; mode is fast, smart or immediate.
  std::chrono::milliseconds stop(const std::string& mode);

  // Settings of `user` for database postgres.
  PostgresSettings settings(const std::string& user = "postgres") const;
  // Runs SQL as superuser on a connection of its own; CHECKs that it worked. Gives the first field of the last result.
  std::string sql(const std::string& text, const std::string& dbname = "postgres") const;
  // A line in front of pg_hba.conf, in force at once.
  void add_hba(const std::string& line);
  // Gives the server a certificate of its own making; false without openssl(1).
  bool enable_tls();
  // True if CREATE EXTENSION penstock worked here once.
  bool has_plugin();

 private:
  TestServer(std::string pg_config, std::string directory, int port);
  static std::unique_ptr<TestServer> make();

  std::string pg_config_;
  std::string directory_;
  int port_;
};

// Turns `source` as the loop of relay/service does until `done`, or the deadline: then false. Frames go to `take`;
// `durable` is confirmed in every turn.
struct Turned {
  bool done = false;
  std::optional<Problem> problem;
};
Turned turn_until(Source& source, const std::function<bool()>& done, std::chrono::milliseconds limit,
                  const std::function<Lsn()>& durable, const std::function<void(Frame&)>& take, bool read = true);

// Polls `done` with short pauses of poll(2) until it is true or the limit is over.
bool eventually(const std::function<bool()>& done, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace penstock
