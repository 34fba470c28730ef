#include "plugin/text/digest.h"

#include "plugin/pg/compat.h"
#include "wire/option.h"

namespace penstock {
namespace {

// Fractional parts of the cube roots of the first 80 primes; SHA-256 uses the upper halves of the first 64.
constexpr uint64_t kRound512[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
    0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
    0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
    0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
    0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
    0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
    0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
    0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
    0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
    0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

// Of the square roots of the first eight primes: SHA-512, and by their upper halves SHA-256; of the next eight:
// SHA-384, and by their lower halves SHA-224.
constexpr uint64_t kInitial512[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};
constexpr uint64_t kInitial384[8] = {
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};

constexpr uint64_t kRoundKeccak[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

template <typename Word>
constexpr Word rotate_right(Word word, int bits) {
  return word >> bits | word << (sizeof(Word) * 8 - static_cast<size_t>(bits));
}

template <typename Word>
Word big_endian_at(const uint8* from) {
  Word word;
  memcpy(&word, from, sizeof word);
  if constexpr (sizeof(Word) == 8)
    return __builtin_bswap64(word);
  else
    return __builtin_bswap32(word);
}

// SHA-1 and SHA-2 differ in the words and in what a block does to the state.
template <typename Word_, size_t kWords_>
struct Chain {
  using Word = Word_;
  static constexpr size_t kBlock = 16 * sizeof(Word);
  static constexpr size_t kWords = kWords_;
  Word state[kWords];
};

struct Sha1 : Chain<uint32_t, 5> {
  void start() {
    constexpr uint32_t kInitial[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    memcpy(state, kInitial, sizeof state);
  }

  void block(const uint8* from) {
    uint32_t w[80];
    for (size_t i = 0; i < 16; ++i) w[i] = big_endian_at<uint32_t>(from + 4 * i);
    for (size_t i = 16; i < 80; ++i) w[i] = rotate_right(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 31);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (size_t i = 0; i < 80; ++i) {
      const uint32_t mixed = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                             : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                             : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                                      : (b ^ c ^ d) + 0xca62c1d6;
      const uint32_t next = rotate_right(a, 27) + mixed + e + w[i];
      e = d;
      d = c;
      c = rotate_right(b, 2);
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
};

template <typename Word>
struct Sha2 : Chain<Word, 8> {
  static constexpr bool kLong = sizeof(Word) == 8;

  void block(const uint8* from) {
    constexpr size_t kRounds = kLong ? 80 : 64;
    Word w[kRounds];
    for (size_t i = 0; i < 16; ++i) w[i] = big_endian_at<Word>(from + sizeof(Word) * i);
    for (size_t i = 16; i < kRounds; ++i) {
      const Word x = w[i - 15], y = w[i - 2];
      const Word s0 =
          kLong ? rotate_right(x, 1) ^ rotate_right(x, 8) ^ x >> 7 : rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3;
      const Word s1 = kLong ? rotate_right(y, 19) ^ rotate_right(y, 61 % (sizeof(Word) * 8)) ^ y >> 6
                            : rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    Word v[8];
    memcpy(v, this->state, sizeof v);
    for (size_t i = 0; i < kRounds; ++i) {
      const Word a = v[0], e = v[4];
      const Word s1 = kLong ? rotate_right(e, 14) ^ rotate_right(e, 18) ^ rotate_right(e, 41 % (sizeof(Word) * 8))
                            : rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
      const Word s0 = kLong ? rotate_right(a, 28) ^ rotate_right(a, 34 % (sizeof(Word) * 8)) ^
                                  rotate_right(a, 39 % (sizeof(Word) * 8))
                            : rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
      const Word round = static_cast<Word>(kRound512[i] >> (kLong ? 0 : 32));
      const Word t1 = v[7] + s1 + ((e & v[5]) ^ (~e & v[6])) + round + w[i];
      const Word t2 = s0 + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
      memmove(v + 1, v, 7 * sizeof(Word));
      v[4] += t1;
      v[0] = t1 + t2;
    }
    for (size_t i = 0; i < 8; ++i) this->state[i] += v[i];
  }
};

// The padding of SHA-1 and SHA-2: a bit, zeros, the length in bits.
template <typename Hash>
void finish(Hash& hash, std::string_view text, uint8* digest) {
  const auto* from = reinterpret_cast<const uint8*>(text.data());
  size_t left = text.size();
  for (; left >= Hash::kBlock; left -= Hash::kBlock, from += Hash::kBlock) {
    CHECK_FOR_INTERRUPTS();
    hash.block(from);
  }
  uint8 last[2 * Hash::kBlock] = {};
  if (left > 0) memcpy(last, from, left);
  last[left] = 0x80;
  const size_t end = left + 1 + 2 * sizeof(typename Hash::Word) <= Hash::kBlock ? Hash::kBlock : 2 * Hash::kBlock;
  const uint64_t bits = __builtin_bswap64(uint64_t{text.size()} * 8);
  memcpy(last + end - sizeof bits, &bits, sizeof bits);
  hash.block(last);
  if (end > Hash::kBlock) hash.block(last + Hash::kBlock);
  for (size_t i = 0; i < Hash::kWords * sizeof(typename Hash::Word); ++i) {
    const size_t shift = 8 * (sizeof(typename Hash::Word) - 1 - i % sizeof(typename Hash::Word));
    digest[i] = static_cast<uint8>(hash.state[i / sizeof(typename Hash::Word)] >> shift);
  }
}

bool sha1(std::string_view text, uint8* digest) {
  Sha1 hash;
  hash.start();
  finish(hash, text, digest);
  return true;
}

bool sha224(std::string_view text, uint8* digest) {
  Sha2<uint32_t> hash;
  for (size_t i = 0; i < 8; ++i) hash.state[i] = static_cast<uint32_t>(kInitial384[i]);
  finish(hash, text, digest);
  return true;
}

bool sha256(std::string_view text, uint8* digest) {
  Sha2<uint32_t> hash;
  for (size_t i = 0; i < 8; ++i) hash.state[i] = static_cast<uint32_t>(kInitial512[i] >> 32);
  finish(hash, text, digest);
  return true;
}

bool sha384(std::string_view text, uint8* digest) {
  Sha2<uint64_t> hash;
  memcpy(hash.state, kInitial384, sizeof hash.state);
  finish(hash, text, digest);
  return true;
}

bool sha512(std::string_view text, uint8* digest) {
  Sha2<uint64_t> hash;
  memcpy(hash.state, kInitial512, sizeof hash.state);
  finish(hash, text, digest);
  return true;
}

// SHA-512/t starts from a digest of its own name (FIPS 180-4, 5.3.6).
bool sha512_cut(std::string_view name, std::string_view text, uint8* digest) {
  Sha2<uint64_t> hash;
  for (size_t i = 0; i < 8; ++i) hash.state[i] = kInitial512[i] ^ 0xa5a5a5a5a5a5a5a5;
  finish(hash, name, digest);
  finish(hash, text, digest);
  return true;
}

bool sha512_224(std::string_view text, uint8* digest) {
  return sha512_cut("SHA-512/224", text, digest);
}

bool sha512_256(std::string_view text, uint8* digest) {
  return sha512_cut("SHA-512/256", text, digest);
}

void keccak(uint64_t (&lanes)[25]) {
  for (const uint64_t round : kRoundKeccak) {
    uint64_t column[5];
    for (size_t x = 0; x < 5; ++x) column[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
    for (size_t i = 0; i < 25; ++i) lanes[i] ^= column[(i + 4) % 5] ^ rotate_right(column[(i + 1) % 5], 63);
    // The walk over the lanes: each goes to the place of the next, turned by a triangular number.
    size_t x = 1, y = 0;
    uint64_t carried = lanes[1];
    for (int t = 1; t <= 24; ++t) {
      const size_t next = (2 * x + 3 * y) % 5;
      x = y;
      y = next;
      const int turn = t * (t + 1) / 2 % 64;
      const uint64_t turned = turn == 0 ? carried : rotate_right(carried, 64 - turn);
      carried = lanes[x + 5 * y];
      lanes[x + 5 * y] = turned;
    }
    for (size_t row = 0; row < 25; row += 5) {
      uint64_t old[5];
      memcpy(old, lanes + row, sizeof old);
      for (size_t i = 0; i < 5; ++i) lanes[row + i] = old[i] ^ (~old[(i + 1) % 5] & old[(i + 2) % 5]);
    }
    lanes[0] ^= round;
  }
}

template <size_t kSize>
bool sha3(std::string_view text, uint8* digest) {
  constexpr size_t kRate = 200 - 2 * kSize;
  uint64_t lanes[25] = {};
  uint8 block[kRate];
  for (bool last = false; !last;) {
    CHECK_FOR_INTERRUPTS();
    const size_t taken = text.size() < kRate ? text.size() : kRate;
    last = taken < kRate;
    memset(block, 0, sizeof block);
    if (taken > 0) memcpy(block, text.data(), taken);
    if (last) {
      block[taken] = 0x06;
      block[kRate - 1] |= 0x80;
    }
    text.remove_prefix(taken);
    for (size_t i = 0; i < kRate / 8; ++i) {
      uint64_t lane;
      memcpy(&lane, block + 8 * i, sizeof lane);
      lanes[i] ^= lane;
    }
    keccak(lanes);
  }
  memcpy(digest, lanes, kSize);
  return true;
}

bool md5(std::string_view text, uint8* digest) {
  uint8 bytes[16];
  if (!md5_of(text, bytes)) return false;
  memcpy(digest, bytes, sizeof bytes);
  return true;
}

// Names of java.security.MessageDigest, in any case.
constexpr Digest kDigests[] = {
    {"MD5", 16, md5},
    {"SHA-1", 20, sha1},
    {"SHA1", 20, sha1},
    {"SHA", 20, sha1},
    {"SHA-224", 28, sha224},
    {"SHA224", 28, sha224},
    {"SHA-256", 32, sha256},
    {"SHA256", 32, sha256},
    {"SHA-384", 48, sha384},
    {"SHA384", 48, sha384},
    {"SHA-512", 64, sha512},
    {"SHA512", 64, sha512},
    {"SHA-512/224", 28, sha512_224},
    {"SHA512/224", 28, sha512_224},
    {"SHA-512/256", 32, sha512_256},
    {"SHA512/256", 32, sha512_256},
    {"SHA3-224", 28, sha3<28>},
    {"SHA3-256", 32, sha3<32>},
    {"SHA3-384", 48, sha3<48>},
    {"SHA3-512", 64, sha3<64>},
};

}  // namespace

const Digest* find_digest(std::string_view name) {
  for (const Digest& digest : kDigests) {
    if (wire::equal_ignoring_case(digest.name, name)) return &digest;
  }
  return nullptr;
}

}  // namespace penstock
