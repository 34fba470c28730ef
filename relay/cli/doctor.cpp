#include <algorithm>
#include <iostream>

#include "relay/cli/commands.h"
#include "relay/cli/report.h"
#include "relay/cli/settings.h"
#include "relay/core/judge.h"
#include "relay/core/printable.h"
#include "relay/core/view.h"
#include "relay/http/connect_rest.h"
#include "relay/service/control.h"

namespace penstock {

namespace {

std::string_view words(Next next) {
  switch (next) {
    case Next::kWait:
      return "wait until what is said below is fixed";
    case Next::kStop:
      return "stop, and wait for a restart";
    case Next::kCreate:
      return "create the slot and begin";
    case Next::kAdopt:
      return "adopt the slot and begin at its confirmed position";
    case Next::kStream:
      return "stream from the stored position";
    case Next::kComplete:
      return "do nothing: the snapshot is complete";
  }
  return "";
}

void print_server(std::ostream& to, const ServerFacts& server) {
  to << "PostgreSQL  " << server.version_num / 10000 << "." << server.version_num % 10000 << ", database "
     << printable(server.database) << ", wal_level " << server.wal_level << ", role " << printable(server.role) << "\n";
  if (server.slot) {
    to << "slot        plugin " << server.slot->plugin << ", confirmed " << to_string(server.slot->confirmed_flush)
       << ", wal_status " << server.slot->wal_status << (server.slot->active ? ", active" : ", not active") << "\n";
  } else {
    to << "slot        none yet\n";
  }
  size_t tables = 0;
  for (const TableFacts& table : server.tables) tables += table.kind == "table" ? 1 : 0;
  to << "tables      " << tables << " captured\n";
}

// The line of a connector that is paused; false: it is not.
bool print_pause(std::ostream& to, const Facts& facts, const ServiceSettings& settings) {
  if (!facts.kafka) return false;
  const auto found = std::ranges::find(facts.kafka->paused, settings.core.connector, &PausedConnector::connector);
  if (found == facts.kafka->paused.end()) return false;
  to << "paused      since " << utc_text(found->unix_ms) << ", also if the process is started again; to go on: "
     << printable(resume_command(settings.listeners, settings.core.connector)) << "\n";
  return true;
}

}  // namespace

int doctor_command(const ConfigurationFiles& files) {
  Reloaded loaded = load_settings(files);
  if (!loaded.settings) {
    print_problems(std::cout, loaded.problems);
    return kExitConfiguration;
  }
  std::vector<Problem> notices;
  loaded.settings->postgres.notice = [&notices](const Problem& problem) { notices.push_back(problem); };
  PostgresControl postgres(loaded.settings->postgres);
  KafkaControl kafka(loaded.settings->kafka);
  const Facts facts = gather_facts(postgres, kafka);
  Verdict verdict = judge(facts, loaded.settings->core, /*first=*/true);
  // Beside the relay that runs with this configuration there is nothing to be said about it.
  const bool runs = facts.server && facts.server->slot && facts.server->slot->held_by_relay;
  if (runs) std::erase_if(verdict.problems, [](const Problem& problem) { return problem.code == Code::kPgSlotBusy; });

  if (facts.server) print_server(std::cout, *facts.server);
  if (facts.kafka)
    std::cout << "Kafka       " << facts.kafka->brokers << (facts.kafka->brokers == 1 ? " broker" : " brokers")
              << ", cluster " << facts.kafka->cluster_id << "\n";
  const bool paused = print_pause(std::cout, facts, *loaded.settings);
  if (runs) {
    std::cout << "relay       it runs: process " << facts.server->slot->active_pid << " of the server ("
              << printable(facts.server->slot->holder) << ")\n\n";
  } else {
    std::cout << "next        penstock run would " << (paused ? "stay paused, and then " : "") << words(verdict.next)
              << (verdict.snapshot ? ", with a snapshot" : "") << "\n\n";
  }
  verdict.problems.insert(verdict.problems.end(), notices.begin(), notices.end());
  verdict.problems.insert(verdict.problems.end(), loaded.problems.begin(), loaded.problems.end());
  print_problems(std::cout, verdict.problems);
  return any_grave(verdict.problems) ? kExitProblems : kExitOk;
}

}  // namespace penstock
