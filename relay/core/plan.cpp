#include "relay/core/plan.h"

namespace penstock {

namespace {

void add_producer(std::deque<Request>& plan, const Verdict& verdict, bool have_producer) {
  if (!verdict.topics.empty()) plan.push_back(CreateTopics{verdict.topics});
  if (!have_producer) plan.push_back(OpenProducer{});
}

void add_rows(std::deque<Request>& plan, const Verdict& verdict, bool temporary, bool have_producer) {
  add_producer(plan, verdict, have_producer);
  plan.push_back(OpenSnapshot{temporary});
}

// The intent is durable before there is a slot: whoever finds intent and slot without a position knows that nothing was
// ever streamed from it.
void add_create(std::deque<Request>& plan, const Verdict& verdict, bool have_producer) {
  plan.push_back(WriteIntent{verdict.identity, verdict.epoch});
  if (verdict.drop_slot) plan.push_back(DropSlot{});
  if (verdict.snapshot) {
    add_rows(plan, verdict, false, have_producer);
  } else {
    plan.push_back(CreateSlot{});
  }
}

}  // namespace

std::deque<Request> plan_of(const Verdict& verdict, bool have_producer) {
  std::deque<Request> plan;
  if (verdict.next == Next::kCreate) {
    add_create(plan, verdict, have_producer);
    return plan;
  }
  if (verdict.next == Next::kAdopt) {
    // Durable before any row is read: where positions cannot be written, every retry would read all rows again.
    StoredPosition first = verdict.from;
    first.epoch = verdict.epoch;
    first.rows_pending = verdict.snapshot;
    first.server = verdict.mark;
    plan.push_back(WritePosition{verdict.identity, first});
  }
  if (verdict.snapshot) {
    add_rows(plan, verdict, true, have_producer);
  } else if (verdict.next == Next::kStream) {
    add_producer(plan, verdict, have_producer);
    plan.push_back(
        OpenStream{verdict.from.position, verdict.from.sequence_lsn, verdict.identity.system_id, verdict.timeline});
  }
  return plan;
}

}  // namespace penstock
