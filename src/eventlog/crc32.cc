#include "eventlog/crc32.h"

#include <zlib.h>

#if defined(__PCLMUL__) && defined(__SSE4_1__)
#include <immintrin.h>
#endif

namespace tenantry::eventlog {
namespace {

uint32_t OfZlib(uint32_t crc, std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

#if defined(__PCLMUL__) && defined(__SSE4_1__)

constexpr size_t kLane = 16, kLanes = 4, kFoldedMin = kLane * kLanes;

__m128i Load(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

// Both halves of `sum` moved on by the distance that the constants stand for, and `next` added.
__m128i Fold(__m128i sum, __m128i constants, __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(sum, constants, 0x00);
  const __m128i high = _mm_clmulepi64_si128(sum, constants, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// 128 bits to the 32 of the checksum: to 64 bits, then Barrett's reduction.
uint32_t Reduce(__m128i sum, __m128i by_16_bytes) {
  const __m128i words = _mm_setr_epi32(~0, 0, ~0, 0);
  sum = _mm_xor_si128(_mm_srli_si128(sum, 8), _mm_clmulepi64_si128(sum, by_16_bytes, 0x10));
  const __m128i by_8_bytes = _mm_set_epi64x(0, 0x0163cd6124);
  const __m128i above = _mm_srli_si128(sum, 4);
  sum = _mm_clmulepi64_si128(_mm_and_si128(sum, words), by_8_bytes, 0x00);
  sum = _mm_xor_si128(sum, above);
  const __m128i polynomial = _mm_set_epi64x(0x01f7011641, 0x01db710641);
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(sum, words), polynomial, 0x10);
  quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, words), polynomial, 0x00);
  return static_cast<uint32_t>(_mm_extract_epi32(_mm_xor_si128(sum, quotient), 1));
}

// "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Gopal and others,
// Intel, 2009), its constants for the reflected polynomial. `bytes` are a multiple of 16, 64 and
// more.
uint32_t Folded(uint32_t crc, std::string_view bytes) {
  const __m128i by_64_bytes = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i by_16_bytes = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  __m128i sums[kLanes];
  for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] = Load(at + lane * kLane);
  sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128(static_cast<int>(crc)));
  for (at += kFoldedMin; end - at >= static_cast<std::ptrdiff_t>(kFoldedMin); at += kFoldedMin) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] = Fold(sums[lane], by_64_bytes, Load(at + lane * kLane));
    }
  }
  __m128i sum = sums[0];
  for (size_t lane = 1; lane < kLanes; ++lane) sum = Fold(sum, by_16_bytes, sums[lane]);
  for (; at < end; at += kLane) sum = Fold(sum, by_16_bytes, Load(at));
  return Reduce(sum, by_16_bytes);
}

#endif

}  // namespace

uint32_t Crc32(uint32_t crc, std::string_view bytes) {
#if defined(__PCLMUL__) && defined(__SSE4_1__)
  if (bytes.size() >= kFoldedMin) {
    const size_t folded = bytes.size() / kLane * kLane;
    crc = ~Folded(~crc, bytes.substr(0, folded));
    bytes.remove_prefix(folded);
  }
#endif
  return bytes.empty() ? crc : OfZlib(crc, bytes);
}

}  // namespace tenantry::eventlog
