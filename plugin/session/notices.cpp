#include "plugin/session/notices.h"

#include "plugin/text/encoding.h"

namespace penstock {

namespace {

constexpr size_t kWarningsMax = 100;  // of a session

std::string_view cut(std::string_view text) {
  if (text.size() <= wire::kNoticeTextMax) return text;
  size_t size = wire::kNoticeTextMax;
  while (size > 0 && (text[size] & 0xC0) == 0x80) --size;  // not within a character
  return text.substr(0, size);
}

wire::Notice* find(Array<wire::Notice>& notices, const wire::Notice& wanted) {
  for (wire::Notice& notice : notices) {
    if (notice.reason == wanted.reason && notice.place == wanted.place) return &notice;
  }
  return nullptr;
}

wire::Notice copy(const wire::Notice& notice) {
  return {notice.reason, notice.count, palloc_copy(notice.place), palloc_copy(notice.detail)};
}

}  // namespace

void Notices::open(MemoryContext parent) {
  parent_ = parent;
  context_ = AllocSetContextCreate(parent, "penstock notices", ALLOCSET_SMALL_SIZES);
}

void Notices::add(const wire::Notice& notice) {
  wire::Notice wanted = notice;
  wanted.place = cut(notice.place);
  wanted.detail = cut(notice.detail);
  if (wire::Notice* known = find(notices_, wanted); known != nullptr) {
    known->count += wanted.count;
    return;
  }
  ContextScope scope(context_);
  notices_.add(copy(wanted));
  bytes_ += wire::notice_size(wanted);
}

uint32 Notices::write(JsonWriter& to) {
  const auto count = static_cast<uint32>(notices_.size());
  for (const wire::Notice& notice : notices_) wire::write_notice(to, notice);
  if (count > 0) forget();
  return count;
}

void Notices::warn() {
  for (const wire::Notice& notice : notices_) {
    if (said_.size() >= kWarningsMax || find(said_, notice) != nullptr) continue;
    {
      ContextScope scope(parent_);
      said_.add(copy(notice));
    }
    ereport(WARNING, errmsg("%s: %s", shown_utf8(notice.place), shown_utf8(notice.detail)));
  }
  if (!notices_.empty()) forget();
}

void Notices::forget() {
  notices_ = {};
  bytes_ = 0;
  MemoryContextReset(context_);
}

}  // namespace penstock
