#pragma once
// The values of a streaming call towards its caller: a piece, or the error that ends the stream.

#include <string>
#include <string_view>

#include "base/result.h"

namespace drover::model {

std::string payload_frame(std::string payload);
std::string error_frame(const Error& error);
// Ends what a caller uploads; payload_of() gives it as the error kEndOfPieces.
std::string end_frame();
inline constexpr std::string_view kEndOfPieces = "EOF";

// What such a value brings: its piece, or the error that it is. An error that carries no code is ErrorCode::internal.
Result<std::string> payload_of(std::string_view frame);

}  // namespace drover::model
