// When to send a standby status update and what it says, and when the server is stopping and must not wait for us.
// Pure; relay/postgres' stream tells it what arrived and does what it says. Facts behind it: reliability notes 2.3
// to 2.8.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "relay/core/lsn.h"
#include "relay/core/ports.h"

namespace penstock {

struct StandbyStatus {
  Lsn write;  // largest end received
  Lsn flush;  // and apply: everything up to here is in Kafka, and a position record says so; 0: not said
};

class Feedback {
 public:
  struct Settings {
    // At the latest after this, also when nothing has changed; at most a third of wal_sender_timeout.
    Duration interval = std::chrono::seconds(10);
    // A reply that would say nothing new: answering a draining server at once makes 36,000 pings a second.
    Duration stale_reply_gap = std::chrono::milliseconds(200);
    // A server that stops is let go when the position has not moved for this long, or after twice as long anyhow.
    Duration patience = std::chrono::seconds(2);
    // lsn.flush.mode=manual: nothing is confirmed (flush 0), so the slot stays where somebody else moves it.
    bool manual = false;
  };

  // The interval for a server's wal_sender_timeout; 0 is PostgreSQL's "never".
  static Duration interval_for(std::chrono::milliseconds wal_sender_timeout);

  // `start` is the position that the stream began from. It is not confirmed before confirm() says so.
  Feedback(Settings settings, Lsn start, Time now);

  // A frame with this `after.end`, or a keepalive with this end.
  void received(Lsn end);
  // The server asks for an answer; `end` is its keepalive's.
  void reply_requested(Lsn end, Time now);
  // Known otherwise that the server stops: the watch connection was ended with 57P01.
  void server_stopping(Time now);
  // Monotone and never above the largest end received: both are CHECKed, since the server checks neither.
  void confirm(Lsn durable, Time now);

  // The status to send now, if one is due; what it returns counts as sent.
  std::optional<StandbyStatus> due(Time now);
  // The server is stopping and what it waits for cannot be had: close the connection.
  bool should_let_go(Time now) const;
  bool stopping() const { return stopping_since_.has_value(); }
  Time deadline() const;

 private:
  Time send_at() const;
  Time let_go_at() const;

  Settings settings_;
  Lsn received_;
  Lsn durable_;
  Lsn sent_flush_;
  Lsn sent_write_;
  bool sent_any_ = false;
  Time sent_at_;
  bool asked_ = false;  // a request is unanswered
  Lsn asked_end_;
  int asked_again_ = 0;  // requests in a row for one end, each soon after our answer
  Time asked_first_at_;
  Time advanced_at_;
  std::optional<Time> stopping_since_;
};

}  // namespace penstock
