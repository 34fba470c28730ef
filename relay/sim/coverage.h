// Rare states that the runs together must reach: a simulation that never gets there proves nothing about them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace penstock::sim {

enum class Rare : uint8_t {
  kResumedInsideUnit,
  kCrashInsideUnit,
  kCrashWithPositionInFlight,
  kCrashBetweenIntentAndSlot,
  kCrashBetweenSlotAndPosition,
  kCrashWhileControlWorks,
  kUnfinishedStartDropped,
  kAdopted,
  kSnapshotFinished,
  kSnapshotInterrupted,
  kRecordDurableWithoutReport,
  kPositionDurableWithoutReport,
  kOldEpochWroteLate,
  kNegativeReport,
  kHoleInPartition,
  kFatalProducer,
  kQueueFullInsideFrame,
  kBudgetReached,
  kKeepaliveInsideUnit,
  kKeepaliveBehindStart,
  kReplyAskedWithRecordsOutstanding,
  kProgressLeftUnit,
  kServerCrashLowersConfirmed,
  kServerStopsWhileKafkaIsDown,
  kServerStopsCleanly,
  kLetGo,
  kSlotBusy,
  kTopicCreatedLive,
  kControlFailed,
  kDrainedToTheEnd,
  kPausedAndResumed,
  kRestarted,
  kRelationRedefined,
  kLeap,
  kKilledRelayHasLastWord,
  kThawed,
  kTakenOver,
  kTwoRelays,
  kPauseFound,
  kPauseNotStored,
  kTakenWhileAsked,
  kCount,
};

inline constexpr std::array<std::string_view, static_cast<size_t>(Rare::kCount)> kRareNames = {
    "resumed inside a unit",
    "relay crashed inside a unit",
    "relay crashed with a position record in flight",
    "relay crashed between intent and slot",
    "relay crashed between slot and first position",
    "relay crashed while a request was worked on",
    "slot of an unfinished start dropped",
    "slot adopted",
    "snapshot finished",
    "snapshot interrupted",
    "record durable though its report was lost",
    "position durable though its report was lost",
    "position of an old epoch landed late",
    "negative report",
    "hole in a partition",
    "fatal producer",
    "queue full inside a frame",
    "budget reached",
    "keepalive between the frames of a unit",
    "keepalive behind the start",
    "reply asked for with records outstanding",
    "progress left a unit that had nothing more",
    "server crash lowered the confirmed LSN",
    "server stopping while Kafka is down",
    "server stopped when everything was confirmed",
    "stopping server let go",
    "slot busy",
    "topic created for a running session",
    "request failed",
    "drained to the end on stop",
    "paused and resumed",
    "restarted",
    "relation redefined",
    "stream went on where rows were read anew",
    "late batch of a killed relay is the last of its key",
    "frozen relay went on",
    "another relay took over from a frozen one",
    "two relays ran",
    "pause of an earlier process found",
    "pause, or its end, not stored at once",
    "another relay stored a position between the two questions of a probe",
};

struct Coverage {
  std::array<uint64_t, static_cast<size_t>(Rare::kCount)> times{};
  void reach(Rare rare) { ++times[static_cast<size_t>(rare)]; }
};

}  // namespace penstock::sim
