#include "model/rpc_text.h"

#include <array>

#include "base/strings.h"

namespace drover::model {
namespace {

constexpr std::string_view kRelayed = "rpc error: ";
constexpr std::string_view kCoded = "RPC Error:: ";
constexpr std::string_view kDenied = "Permission denied";

constexpr std::array kCodes = {
    ErrorCode::bad_request, ErrorCode::unauthorized,       ErrorCode::denied,
    ErrorCode::not_found,   ErrorCode::conflict,           ErrorCode::too_large,
    ErrorCode::too_many,    ErrorCode::not_implemented,    ErrorCode::unavailable,
    ErrorCode::timeout,     ErrorCode::method_not_allowed,
};

}  // namespace

std::string rpc_text(const Error& error) {
    const bool plain = error.code == ErrorCode::internal || error.code == ErrorCode::canceled ||
                       (error.code == ErrorCode::denied && error.message == kDenied);
    if (plain) return error.message;
    return std::string(kCoded) + std::to_string(http_status(error.code)) + "," + error.message;
}

Error error_of_rpc_text(std::string_view text) {
    while (text.starts_with(kRelayed)) text.remove_prefix(kRelayed.size());
    if (text == kDenied) return Error::denied();
    if (!text.starts_with(kCoded)) return Error::internal(std::string(text));
    const std::string_view rest = text.substr(kCoded.size());
    const size_t comma = rest.find(',');
    if (comma == std::string_view::npos) return Error::internal(std::string(text));
    const std::string_view number = rest.substr(0, comma);
    Error error = Error::internal(std::string(rest.substr(comma + 1)));
    for (const ErrorCode code : kCodes) {
        if (std::to_string(http_status(code)) == number) error.code = code;
    }
    return error;
}

}  // namespace drover::model
