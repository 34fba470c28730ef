#include "plugin/text/decimal_limbs.h"

#include "plugin/pg/pg.h"

namespace penstock {

namespace {

using Wide = unsigned __int128;

constexpr uint64_t kChunk = 10000000000000000;  // 10^16
constexpr size_t kLeaf = 32;                    // chunks that are not halved
constexpr size_t kFew = 48;                     // limbs below which Karatsuba's way costs more

// to += a, at least as many limbs; what is carried out of them is returned.
uint64_t add(uint64_t* to, size_t size, const uint64_t* a, size_t count) {
  Wide carry = 0;
  size_t i = 0;
  for (; i < count; ++i) {
    carry += to[i];
    carry += a[i];
    to[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  for (; carry != 0 && i < size; ++i) {
    carry += to[i];
    to[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  return static_cast<uint64_t>(carry);
}

// to = |high - low|, `size` limbs; low may have fewer. True if high is the smaller one.
bool subtract(uint64_t* to, const uint64_t* high, size_t size, const uint64_t* low, size_t low_size) {
  bool below = true;
  for (size_t i = size; i-- > 0;) {
    const uint64_t other = i < low_size ? low[i] : 0;
    if (high[i] == other) continue;
    below = high[i] < other;
    break;
  }
  uint64_t borrow = 0;
  for (size_t i = 0; i < size; ++i) {
    const uint64_t other = i < low_size ? low[i] : 0;
    const uint64_t from = below ? other : high[i];
    const uint64_t what = below ? high[i] : other;
    to[i] = from - what - borrow;
    borrow = from < what || (from == what && borrow != 0) ? 1 : 0;
  }
  return below;
}

// Two limbs of b at a time, so that one carry does not wait for the other. a has one limb at least.
void multiply_simply(uint64_t* to, const uint64_t* a, size_t a_size, const uint64_t* b, size_t b_size) {
  memset(to, 0, (a_size + b_size) * sizeof *to);
  size_t k = 0;
  for (; k + 2 <= b_size; k += 2) {
    Wide first = static_cast<Wide>(a[0]) * b[k] + to[k];
    to[k] = static_cast<uint64_t>(first);
    first >>= 64;
    Wide second = 0;
    for (size_t i = 1; i < a_size; ++i) {
      first += static_cast<Wide>(a[i]) * b[k] + to[i + k];
      second += static_cast<Wide>(a[i - 1]) * b[k + 1] + static_cast<uint64_t>(first);
      to[i + k] = static_cast<uint64_t>(second);
      first >>= 64;
      second >>= 64;
    }
    second += static_cast<Wide>(a[a_size - 1]) * b[k + 1] + static_cast<uint64_t>(first);
    to[a_size + k] = static_cast<uint64_t>(second);
    to[a_size + k + 1] = static_cast<uint64_t>(second >> 64);
  }
  if (k == b_size) return;
  Wide carry = 0;
  for (size_t i = 0; i < a_size; ++i) {
    carry += static_cast<Wide>(a[i]) * b[k] + to[i + k];
    to[i + k] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  to[a_size + k] = static_cast<uint64_t>(carry);
}

// to = a * b, both of `size` limbs; `to` has two times that and is neither a nor b. `scratch`: 2 * size + 200 limbs.
void multiply_by_halves(uint64_t* to, const uint64_t* a, const uint64_t* b, size_t size, uint64_t* scratch) {
  if (size < kFew) return multiply_simply(to, a, size, b, size);
  const size_t low = size / 2;
  const size_t high = size - low;
  const bool a_below = subtract(to, a + low, high, a, low);
  const bool b_below = subtract(to + high, b + low, high, b, low);
  uint64_t* middle = scratch;  // of 2 * high + 1 limbs
  uint64_t* rest = scratch + 2 * high + 1;
  multiply_by_halves(middle, to, to + high, high, rest);
  multiply_by_halves(to, a, b, low, rest);
  multiply_by_halves(to + 2 * low, a + low, b + low, high, rest);
  // middle = lows + highs -+ middle
  const bool minus = a_below == b_below;
  __int128 carry = 0;
  for (size_t i = 0; i < 2 * high; ++i) {
    const __int128 product = middle[i];
    carry += static_cast<__int128>(i < 2 * low ? to[i] : 0) + to[2 * low + i] + (minus ? -product : product);
    middle[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  middle[2 * high] = static_cast<uint64_t>(carry);
  size_t middle_size = 2 * high + 1;
  while (middle_size > 0 && middle[middle_size - 1] == 0) --middle_size;
  add(to + low, 2 * size - low, middle, middle_size);
}

// to = a * b; `to` has room for the sum of their limbs. `scratch`: 4 * the smaller one + 200 limbs.
void multiply(uint64_t* to, const uint64_t* a, size_t a_size, const uint64_t* b, size_t b_size, uint64_t* scratch) {
  if (a_size < b_size) return multiply(to, b, b_size, a, a_size, scratch);
  if (b_size < kFew) return multiply_simply(to, a, a_size, b, b_size);
  memset(to, 0, (a_size + b_size) * sizeof *to);
  for (size_t at = 0; at < a_size; at += b_size) {
    const size_t piece = std::min(b_size, a_size - at);
    if (piece == b_size) {
      multiply_by_halves(scratch, a + at, b, b_size, scratch + 2 * b_size);
    } else {
      multiply(scratch, b, b_size, a + at, piece, scratch + 2 * b_size);
    }
    add(to + at, a_size + b_size - at, scratch, piece + b_size);
  }
}

size_t without_zeros(const uint64_t* limbs, size_t size) {
  while (size > 0 && limbs[size - 1] == 0) --size;
  return size;
}

// 5^(16 * kLeaf), squared as often as it takes. Powers of ten are these, shifted by whole limbs.
class Powers {
 public:
  // All that numbers of `count` chunks need. `scratch` as for multiply().
  void make(size_t count, uint64_t* scratch) {
    uint64_t* first = limbs_[0] = allocate(kLeaf);
    first[0] = 1;
    size_t size = 1;
    for (size_t i = 0; i < kLeaf; ++i) size = multiply_add(first, size, kFive, 0);
    sizes_[0] = size;
    for (size_t i = 0; (kLeaf << (i + 1)) < count; ++i) {
      limbs_[i + 1] = allocate(2 * sizes_[i]);
      multiply(limbs_[i + 1], limbs_[i], sizes_[i], limbs_[i], sizes_[i], scratch);
      sizes_[i + 1] = without_zeros(limbs_[i + 1], 2 * sizes_[i]);
    }
  }
  const uint64_t* limbs(size_t i) const { return limbs_[i]; }
  size_t size(size_t i) const { return sizes_[i]; }
  void release() {
    for (uint64_t* limbs : limbs_) {
      if (limbs != nullptr) pfree(limbs);
    }
  }

 private:
  static constexpr uint64_t kFive = 152587890625;  // 5^16
  static constexpr size_t kPowersMax = 32;

  static uint64_t* allocate(size_t size) { return static_cast<uint64_t*>(palloc(size * sizeof(uint64_t))); }

  uint64_t* limbs_[kPowersMax] = {};
  size_t sizes_[kPowersMax] = {};
};

size_t convert_few(uint64_t* to, const uint64_t* chunks, size_t count) {
  size_t size = 0;
  for (size_t i = count; i-- > 0;) size = multiply_add(to, size, kChunk, chunks[i]);
  return size;
}

// `to` has room for count + 1 limbs. `scratch`: 2 * count + 64 for the halves and theirs, and what multiply() needs.
size_t convert(uint64_t* to, const uint64_t* chunks, size_t count, const Powers& powers, uint64_t* scratch) {
  if (count <= kLeaf) return convert_few(to, chunks, count);
  size_t power = 0;
  while ((kLeaf << (power + 1)) < count) ++power;
  const size_t below = kLeaf << power;
  uint64_t* low = scratch;
  uint64_t* high = low + below + 1;
  uint64_t* rest = high + (count - below) + 1;
  const size_t low_size = convert(low, chunks, below, powers, rest);
  const size_t high_size = convert(high, chunks + below, count - below, powers, rest);
  if (high_size == 0) {
    memcpy(to, low, low_size * sizeof *to);
    return low_size;
  }
  size_t zeros = 0;  // limbs, as a round number has them
  while (high[zeros] == 0) ++zeros;
  const size_t shift = below * kChunkDigits / 64 + zeros;
  const size_t size = shift + high_size - zeros + powers.size(power);
  memset(to, 0, shift * sizeof *to);
  multiply(to + shift, high + zeros, high_size - zeros, powers.limbs(power), powers.size(power), rest);
  add(to, size, low, low_size);
  return without_zeros(to, size);
}

}  // namespace

size_t multiply_add(uint64_t* limbs, size_t count, uint64_t factor, uint64_t addend) {
  Wide carry = addend;
  for (size_t i = 0; i < count; ++i) {
    carry += static_cast<Wide>(limbs[i]) * factor;
    limbs[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  if (carry != 0) limbs[count++] = static_cast<uint64_t>(carry);
  return count;
}

size_t limbs_of_chunks(uint64_t* limbs, const uint64_t* chunks, size_t count) {
  if (count <= kLeaf) return convert_few(limbs, chunks, count);
  auto* scratch = static_cast<uint64_t*>(palloc((8 * count + 1000) * sizeof(uint64_t)));
  Powers powers;
  powers.make(count, scratch);
  const size_t size = convert(limbs, chunks, count, powers, scratch);
  powers.release();
  pfree(scratch);
  return size;
}

}  // namespace penstock
