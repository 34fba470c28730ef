// Whether a stored position belongs to the history of the server that answers. Pure.
#pragma once

#include <string>
#include <vector>

#include "relay/core/facts.h"
#include "relay/core/problem.h"

namespace penstock {

// Start checks 1 to 3, of a position that this cluster stored: the server must have what Kafka has, on its own timeline
// or on an ancestor of it. Inside a unit that is the commit of the unit, of which a part is in Kafka. What is wrong is
// appended to `problems`.
void judge_history(const ServerFacts& server, const StoredPosition& stored, std::vector<Problem>& problems);

// What a position record keeps of the server.
ServerMark mark_of(const ServerFacts& server);

// True if the server can only be what pg_upgrade made of the cluster that stored `before`, with the slot carried over:
// from version 17, the first that carries slots over, to a newer one; the same OIDs of database and table; and a slot
// that begins behind everything that is stored (pg_upgrade begins the new log behind the old one). A copy made by dump
// and restore has other OIDs; a physical one has the same system identifier and never comes here.
bool is_upgrade_of(const ServerFacts& server, const PositionEntry& before);

// "PostgreSQL 17"
std::string major_of(int version_num);

}  // namespace penstock
