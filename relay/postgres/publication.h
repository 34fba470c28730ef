// The publication of publication.name, made when publication.autocreate.mode stands in the file, and never otherwise.
#pragma once

#include <set>
#include <string>

#include "relay/core/facts.h"
#include "relay/core/status.h"
#include "relay/postgres/cancel.h"
#include "relay/postgres/connection.h"
#include "relay/postgres/settings.h"

namespace penstock {

// CREATE PUBLICATION as the mode says; `tables` are quoted names, used by kFiltered only. Operations of
// skipped.operations, if that is set, are not published.
std::string create_publication_command(const PostgresSettings& settings, const std::set<std::string>& tables);

// Blocking. Creates what is missing; brings a `filtered` publication up to the tables that the filters now name; leaves
// every other publication as it is.
// The problem that the role may not do it names the command.
Status make_publication(const PostgresSettings& settings, const Cancel& cancel);

// What make_publication() would run, and whether our role may: into publication_command, publication_allowed and
// read_only. Not where database.initial.statements are set: they may change role and mode, and are not run here.
Status take_publication_plan(Connection& connection, ServerFacts& facts);

}  // namespace penstock
