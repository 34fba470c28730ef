#include "relay/postgres/test_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace penstock {
namespace {

std::string& reason() {
  static std::string text;
  return text;
}

int run_command(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

std::string script() {
  return PENSTOCK_SOURCE_DIR "/scripts/postgres.sh";
}

const Cancel& never() {
  static const Cancel cancel;
  return cancel;
}

}  // namespace

TestServer* TestServer::shared() {
  static const std::unique_ptr<TestServer> server = make();
  return server.get();
}

const std::string& TestServer::why_not() {
  return reason();
}

std::unique_ptr<TestServer> TestServer::make() {
  const char* asked = std::getenv("PENSTOCK_TEST_PG_CONFIG");
  const std::string pg_config = asked != nullptr ? asked : "/usr/lib/postgresql/15/bin/pg_config";
  if (access(pg_config.c_str(), X_OK) != 0) {
    reason() = "no PostgreSQL: PENSTOCK_TEST_PG_CONFIG is not set and " + pg_config + " is not there";
    return nullptr;
  }
  char directory[] = "/tmp/penstock-postgres-XXXXXX";
  CHECK(mkdtemp(directory) != nullptr);
  chmod(directory, 0755);
  std::unique_ptr<TestServer> server(new TestServer(pg_config, std::string(directory) + "/server", free_port()));
  server->start();
  return server;
}

TestServer::TestServer(std::string pg_config, std::string directory, int port)
    : pg_config_(std::move(pg_config)), directory_(std::move(directory)), port_(port) {}

TestServer::~TestServer() {
  stop("immediate");
  run_command("rm -rf " + directory_.substr(0, directory_.rfind('/')));
}

void TestServer::start() {
  const int status = run_command(script() + " start " + pg_config_ + ' ' + directory_ + ' ' + std::to_string(port_) +
                                 " max_prepared_transactions=5 fsync=off password_encryption=scram-sha-256");
  CHECK(status == 0);
}

std::chrono::milliseconds TestServer::stop(const std::string& mode) {
  const auto begin = std::chrono::steady_clock::now();
  run_command(script() + " stop " + pg_config_ + ' ' + directory_ + ' ' + mode);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

PostgresSettings TestServer::settings(const std::string& user) const {
  PostgresSettings settings;
  settings.host = "127.0.0.1";
  settings.port = std::to_string(port_);
  settings.user = user;
  settings.dbname = "postgres";
  settings.application_name = "postgres_server_test";
  settings.slot_name = "orders";
  settings.plugin_config = R"({"topic.prefix":"shop"})";
  return settings;
}

std::string TestServer::sql(const std::string& text, const std::string& dbname) const {
  PostgresSettings with = settings();
  with.dbname = dbname;
  auto connection = Connection::open(with, ConnectionKind::kSql, never());
  CHECK(connection.is_ok());
  auto result = connection.value().run(text, Activity::kProbing);
  if (!result.is_ok()) std::fprintf(stderr, "%s\n%s\n", text.c_str(), to_string(result.problem()).c_str());
  CHECK(result.is_ok());
  return PQntuples(result.value().get()) > 0 ? field(result.value(), 0) : "";
}

void TestServer::add_hba(const std::string& line) {
  const std::string path = directory_ + "/data/pg_hba.conf";
  std::stringstream old;
  old << std::ifstream(path).rdbuf();
  std::ofstream(path) << line << '\n' << old.str();
  sql("SELECT pg_reload_conf()");
}

bool TestServer::enable_tls() {
  const std::string data = directory_ + "/data/";
  const std::string key = data + "server.key";
  const int status =
      run_command("openssl req -new -x509 -days 2 -nodes -subj /CN=localhost -out " + data + "server.crt -keyout " +
                  key + " 2>/dev/null && chmod 600 " + key + " && chown --reference=" + data + "PG_VERSION " + key);
  if (status != 0) return false;
  sql("ALTER SYSTEM SET ssl = on");
  sql("SELECT pg_reload_conf()");
  PostgresSettings with = settings();
  with.libpq = {{"sslmode", "require"}};
  return eventually([&] { return Connection::open(with, ConnectionKind::kSql, never()).is_ok(); });
}

bool TestServer::has_plugin() {
  if (sql("SELECT count(*) FROM pg_available_extensions WHERE name = 'penstock'") == "0") return false;
  sql("CREATE EXTENSION IF NOT EXISTS penstock");
  return true;
}

Turned turn_until(Source& source, const std::function<bool()>& done, std::chrono::milliseconds limit,
                  const std::function<Lsn()>& durable, const std::function<void(Frame&)>& take, bool read) {
  const Time end = std::chrono::steady_clock::now() + limit;
  while (true) {
    const Time now = std::chrono::steady_clock::now();
    const Status confirmed = source.confirm(durable(), now);
    if (!confirmed.is_ok()) return {false, confirmed.problem()};
    while (read) {
      Frame frame;
      const auto received = source.receive(frame, now);
      if (!received.is_ok()) return {false, received.problem()};
      if (!received.value()) break;
      take(frame);
    }
    if (done()) return {true, std::nullopt};
    if (now >= end) return {};
    // As the loop does, but at least every 50 ms: `done` may look at something else.
    Time until = std::min(end, now + std::chrono::milliseconds(50));
    if (const auto deadline = source.deadline()) until = std::min(until, *deadline);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    pollfd wait{read ? source.descriptor() : -1, POLLIN, 0};
    poll(&wait, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
  }
}

bool eventually(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const Time end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    poll(nullptr, 0, 20);
  }
  return true;
}

}  // namespace penstock
