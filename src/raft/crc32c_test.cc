#include "raft/crc32c.h"

#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"

namespace drover::raft {
namespace {

TEST(Crc32c, agrees_with_published_values) {
    // The check value of the catalogue of CRCs, and test vectors of RFC 3720, B.4.
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
    EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, is_the_same_in_pieces_and_by_tables) {
    SeededRng rng(1);
    std::string bytes(1000, '\0');
    rng.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
    for (size_t length = 0; length < 100; ++length) {
        const std::string_view piece(bytes.data() + length, length * 7);
        EXPECT_EQ(crc32c(piece), crc32c_portable(piece));
        EXPECT_EQ(crc32c(piece.substr(length), crc32c(piece.substr(0, length))), crc32c(piece));
    }
}

}  // namespace
}  // namespace drover::raft
