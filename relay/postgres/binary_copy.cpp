#include "relay/postgres/binary_copy.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr size_t kHeaderSize = 11 + 4 + 4;
constexpr uint32_t kCriticalFlags = 0xffff0000;  // what a reader that does not know them must refuse
constexpr size_t kTupleHeaderSize = 2 + 4;

template <typename Number>
Number get(std::string_view from) {
  Number value = 0;
  for (size_t i = 0; i < sizeof value; ++i) {
    value = static_cast<Number>(value << 8 | static_cast<unsigned char>(from[i]));
  }
  return value;
}

}  // namespace

void BinaryCopyReader::feed(std::string_view message) {
  bytes_.erase(0, at_);
  at_ = 0;
  bytes_.append(message);
}

void BinaryCopyReader::consume(size_t size) {
  at_ += size;
}

BinaryCopyReader::Next BinaryCopyReader::next(std::string& row) {
  if (state_ == State::kHeader && !take_header()) return state_ == State::kDamaged ? Next::kDamaged : Next::kMore;
  if (state_ == State::kExtension) {
    const size_t skipped = std::min(extension_left_, bytes_.size() - at_);
    extension_left_ -= skipped;
    consume(skipped);
    if (extension_left_ > 0) return Next::kMore;
    state_ = State::kTuples;
  }
  if (state_ == State::kTuples) return take_tuple(row);
  return state_ == State::kEnd ? Next::kEnd : Next::kDamaged;
}

bool BinaryCopyReader::take_header() {
  const std::string_view left = std::string_view(bytes_).substr(at_);
  const size_t known = std::min(left.size(), kSignature.size());
  const bool right = left.substr(0, known) == kSignature.substr(0, known);
  if (right && left.size() < kHeaderSize) return false;
  if (!right || (get<uint32_t>(left.substr(11)) & kCriticalFlags) != 0 || get<int32_t>(left.substr(15)) < 0) {
    state_ = State::kDamaged;
    return false;
  }
  extension_left_ = get<uint32_t>(left.substr(15));
  consume(kHeaderSize);
  state_ = State::kExtension;
  return true;
}

BinaryCopyReader::Next BinaryCopyReader::take_tuple(std::string& row) {
  const std::string_view left = std::string_view(bytes_).substr(at_);
  if (left.size() < 2) return Next::kMore;
  const int16_t columns = get<int16_t>(left);
  if (columns == -1) {
    state_ = left.size() == 2 ? State::kEnd : State::kDamaged;
    return state_ == State::kEnd ? Next::kEnd : Next::kDamaged;
  }
  if (columns == 1 && left.size() < kTupleHeaderSize) return Next::kMore;
  const int32_t size = columns == 1 ? get<int32_t>(left.substr(2)) : -1;
  if (size < 0 || static_cast<size_t>(size) > row_bytes_max_) {
    state_ = State::kDamaged;
    return Next::kDamaged;
  }
  if (left.size() - kTupleHeaderSize < static_cast<size_t>(size)) return Next::kMore;
  row.assign(left.substr(kTupleHeaderSize, static_cast<size_t>(size)));
  consume(kTupleHeaderSize + static_cast<size_t>(size));
  return Next::kRow;
}

}  // namespace penstock
