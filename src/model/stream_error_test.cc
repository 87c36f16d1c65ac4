#include "model/stream_error.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

std::string bytes_of(std::string_view hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

TEST(StreamError, Piece_is_written_as_recorded) {
    EXPECT_EQ(payload_frame("{}"), bytes_of("82a54572726f72c0a75061796c6f6164a27b7d"));
}

TEST(StreamError, Piece_comes_back_even_when_empty) {
    EXPECT_EQ(payload_of(payload_frame("")).value(), "");
    EXPECT_EQ(payload_of(payload_frame(std::string(100'000, 'x'))).value().size(), 100'000u);
}

TEST(StreamError, Error_comes_back_with_its_code) {
    const auto read = payload_of(error_frame(Error::not_found("Unknown allocation \"x\"")));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::not_found);
    EXPECT_EQ(read.error().message, "Unknown allocation \"x\"");
}

TEST(StreamError, Recorded_error_is_read) {
    // {"Error": {"Message": "EOF", "Code": nil}, "Payload": nil}
    const auto end = payload_of(bytes_of("82a54572726f7282a74d657373616765a3454f46a4436f6465c0a75061796c6f6164c0"));
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, ErrorCode::internal);
    EXPECT_EQ(end.error().message, "EOF");
    // {"Error": {"Message": "x", "Code": int16 400}, "Payload": nil}
    const auto bad = payload_of(bytes_of("82a54572726f7282a74d657373616765a178a4436f6465d10190a75061796c6f6164c0"));
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, ErrorCode::bad_request);
}

TEST(StreamError, What_is_no_frame_is_an_error) { EXPECT_FALSE(payload_of("\xc1")); }

}  // namespace
}  // namespace drover::model
