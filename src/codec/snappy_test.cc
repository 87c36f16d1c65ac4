#include "codec/snappy.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "codec/base64.h"

namespace drover::codec {
namespace {

TEST(Snappy, literals_and_copies_and_damage) {
    EXPECT_EQ(*snappy_decode(std::string_view("\x05\x10hello", 7)), "hello");
    // "ab" and a copy that runs into itself: offset 2, length 6.
    EXPECT_EQ(*snappy_decode(std::string_view("\x08\x04"
                                              "ab"
                                              "\x09\x02",
                                              6)),
              "abababab");
    EXPECT_FALSE(snappy_decode(""));
    EXPECT_FALSE(snappy_decode(std::string_view("\x05\x10hell", 6)));
    EXPECT_FALSE(
        snappy_decode(std::string_view("\x08\x04"
                                       "ab"
                                       "\x09\x03",
                                       6)));
    EXPECT_FALSE(snappy_decode(std::string_view("\xff\xff\xff\xff\x0f", 5)));
}

TEST(Snappy, what_is_written_is_read_back) {
    SeededRng rng(7);
    std::string noise, words;
    while (noise.size() < 200'000) noise += static_cast<char>(rng.below(256));
    while (words.size() < 200'000) words += rng.below(2) == 0 ? "some words " : "and others, ";
    for (const std::string& text : {std::string(), std::string("a"), std::string(59, 'x') + "yz", std::string(300, 'q'),
                                    std::string(1 << 16, '\0'), noise, words}) {
        const std::string written = snappy_encode(text);
        const auto read = snappy_decode(written);
        ASSERT_TRUE(read) << text.size();
        EXPECT_TRUE(*read == text) << text.size();
        EXPECT_LE(written.size(), text.size() + text.size() / 1000 + 10);
    }
    EXPECT_LT(snappy_encode(words).size(), words.size() / 5);
}

TEST(Base64, an_error_is_where_go_sees_it) {
    EXPECT_EQ(base64_error_at("not base64!"), 3U);
    EXPECT_EQ(base64_error_at("QUJDR"), 4U);
    EXPECT_EQ(base64_error_at("Q=JD"), 1U);
    EXPECT_EQ(base64_error_at("QQ==QQ=="), 4U);
    EXPECT_EQ(base64_error_at("QQ=Q"), 3U);
}

}  // namespace
}  // namespace drover::codec
