#include "plugin/session/cork.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <csignal>

#include "plugin/pg/compat.h"

namespace penstock {

#ifdef TCP_CORK

namespace {

// Log that is still to be decoded, from which on it is worth while: some hundred one-row transactions, a few
// milliseconds of work.
constexpr XLogRecPtr kBacklogBytes = 32 * 1024;
constexpr int kLongestMs = 1;

// A handler of a timeout gets no argument, and the server's table of them is the process's. -1: not corked.
volatile sig_atomic_t corked_socket = -1;
volatile sig_atomic_t timer_runs = 0;
TimeoutId timer = MAX_TIMEOUTS;

void set_cork(int socket, int on) {
  static_cast<void>(setsockopt(socket, IPPROTO_TCP, TCP_CORK, &on, sizeof on));
}

void put_in(int socket) {
  set_cork(socket, 1);
  corked_socket = socket;
  if (timer_runs != 0) return;
  timer_runs = 1;
  enable_timeout_after(timer, kLongestMs);
}

// Also from the signal handler; setsockopt() is safe there.
void take_out() {
  const int socket = corked_socket;
  if (socket < 0) return;
  corked_socket = -1;
  set_cork(socket, 0);
}

void time_is_up() {
  timer_runs = 0;
  take_out();
}

void close_session(void*) {
  take_out();
}

bool sends_by_tcp() {
  if (!am_walsender || MyProcPort == nullptr) return false;
  const auto family = MyProcPort->laddr.addr.ss_family;
  return family == AF_INET || family == AF_INET6;
}

}  // namespace

void Cork::open(MemoryContext context) {
  if (!sends_by_tcp()) return;
  if (timer == MAX_TIMEOUTS) timer = RegisterTimeout(USER_TIMEOUT, time_is_up);
  timer_runs = 0;  // an ERROR of an earlier session has disabled it
  auto* callback = static_cast<MemoryContextCallback*>(MemoryContextAllocZero(context, sizeof(MemoryContextCallback)));
  callback->func = close_session;
  MemoryContextRegisterResetCallback(context, callback);
  open_ = true;
}

void Cork::before_write(XLogRecPtr end) {
  if (!open_) return;
  behind_ = end_of_log_ > end + kBacklogBytes;
  if (!behind_) {
    end_of_log_ = end_of_log();
    behind_ = end_of_log_ > end + kBacklogBytes;
  }
  if (behind_ && corked_socket < 0) put_in(MyProcPort->sock);
}

// The last frame before the reader has everything takes along what was kept.
void Cork::after_write() {
  if (open_ && !behind_) take_out();
}

#else

void Cork::open(MemoryContext) {}
void Cork::before_write(XLogRecPtr) {}
void Cork::after_write() {}

#endif

}  // namespace penstock
