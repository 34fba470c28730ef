#include "relay/core/notices.h"

#include <algorithm>
#include <array>

namespace penstock {

namespace {

constexpr size_t kPlacesShown = 5;

struct Meaning {
  wire::NoticeReason reason;
  Code code;
};
constexpr Meaning kMeanings[] = {
    {wire::NoticeReason::kMessageLeftOut, Code::kPgMessageLeftOut},
    {wire::NoticeReason::kValueAsNull, Code::kPgValueAsNull},
    {wire::NoticeReason::kRowLeftOut, Code::kPgNotPublished},
    {wire::NoticeReason::kDocumentAsText, Code::kPgDocumentAsText},
    {wire::NoticeReason::kTopicTaken, Code::kPgTopicTaken},
    {wire::NoticeReason::kTableRewritten, Code::kPgTableRewritten},
};

constexpr auto kCodes = [] {
  std::array<Code, std::size(kMeanings) + 1> codes{};
  for (size_t i = 0; i < std::size(kMeanings); ++i) codes[i] = kMeanings[i].code;
  codes.back() = Code::kPgNotice;
  return codes;
}();

// A plugin that is newer than we are may have reasons of its own.
Code code_of(wire::NoticeReason reason) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.reason == reason) return meaning.code;
  }
  return Code::kPgNotice;
}

std::string sentence(const std::string& place, const std::string& detail) {
  return place + ": " + detail;
}

}  // namespace

std::span<const Code> Notices::codes() {
  return kCodes;
}

Notices::Group& Notices::group_of(Code code) {
  const auto known =
      std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) { return group.code == code; });
  if (known != groups_.end()) return *known;
  groups_.emplace_back().code = code;
  return groups_.back();
}

void Notices::add(const wire::Notice& notice) {
  const Code code = code_of(notice.reason);
  counts_[static_cast<size_t>(code)] += notice.count;
  Group& group = group_of(code);
  const auto known = std::find_if(group.places.begin(), group.places.end(),
                                  [&](const Place& place) { return place.name == notice.place; });
  if (known != group.places.end()) {
    known->count += notice.count;
  } else if (group.places.size() < kPlacesMax) {
    group.places.push_back({std::string(notice.place), std::string(notice.detail), notice.count});
  } else {
    group.elsewhere += notice.count;
  }
}

std::vector<Problem> Notices::take_news() {
  std::vector<Problem> news;
  for (Group& group : groups_) {
    for (; group.said < group.places.size(); ++group.said) {
      const Place& place = group.places[group.said];
      news.push_back({group.code, sentence(place.name, place.detail), ""});
    }
    if (group.elsewhere == 0 || group.elsewhere_said) continue;
    group.elsewhere_said = true;
    news.push_back({group.code, "more than " + std::to_string(kPlacesMax) + " places: others are only counted", ""});
  }
  return news;
}

std::vector<Problem> Notices::standing() const {
  std::vector<Problem> problems;
  for (const Group& group : groups_) {
    std::string what;
    for (size_t i = 0; i < std::min(group.places.size(), kPlacesShown); ++i) {
      const Place& place = group.places[i];
      if (i > 0) what += "; ";
      what += sentence(place.name, place.detail) + " (" + std::to_string(place.count) + " times)";
    }
    if (group.places.size() > kPlacesShown) {
      what += "; and " + std::to_string(group.places.size() - kPlacesShown) + " more places, named in the log";
    }
    problems.push_back({group.code, what, ""});
  }
  return problems;
}

void Notices::settle() {
  groups_.clear();
}

}  // namespace penstock
