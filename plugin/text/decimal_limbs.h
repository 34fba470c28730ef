// Large decimal numbers as binary ones.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock {

// limbs = limbs * factor + addend, with room for one limb more; least significant limb first. Returns the new count.
size_t multiply_add(uint64_t* limbs, size_t count, uint64_t factor, uint64_t addend);

// Decimal digits of one chunk.
inline constexpr int kChunkDigits = 16;

// The sum of chunks[i] * 10^(16 i), each below 10^16, as 64-bit limbs, least significant first and without zeros above
// the last one. `limbs` has room for `count` + 1 of them. Returns their number, 0 for zero.
//
// By halves with Karatsuba's multiplication, so that a number of ten times the digits takes forty times the time, not a
// hundred times: whoever may write a row may write 10^131071. Scratch of up to 80 bytes a chunk is freed before the
// call returns.
size_t limbs_of_chunks(uint64_t* limbs, const uint64_t* chunks, size_t count);

}  // namespace penstock
