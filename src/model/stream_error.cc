#include "model/stream_error.h"

#include <array>

#include "codec/msgpack.h"
#include "model/rpc_client.h"

namespace drover::model {
namespace {

constexpr std::array kCodes = {
    ErrorCode::bad_request, ErrorCode::unauthorized,       ErrorCode::denied,
    ErrorCode::not_found,   ErrorCode::conflict,           ErrorCode::too_large,
    ErrorCode::too_many,    ErrorCode::not_implemented,    ErrorCode::unavailable,
    ErrorCode::timeout,     ErrorCode::method_not_allowed,
};

Error error_of(const codec::Any& told) {
    Error error = Error::internal("the stream failed");
    if (const codec::Any* message = told.member("Message"); message && message->as<std::string>())
        error.message = *message->as<std::string>();
    const codec::Any* number = told.member("Code");
    if (!number) return error;
    const int64_t status = number->as<int64_t>()    ? *number->as<int64_t>()
                           : number->as<uint64_t>() ? static_cast<int64_t>(*number->as<uint64_t>())
                                                    : 0;
    for (const ErrorCode code : kCodes) {
        if (http_status(code) == status) error.code = code;
    }
    return error;
}

}  // namespace

std::string payload_frame(std::string payload) {
    StreamErrWrapper frame;
    frame.Payload = Bytes(std::move(payload));
    return codec::to_msgpack(frame);
}

std::string error_frame(const Error& error) {
    StreamErrWrapper frame;
    frame.Error =
        codec::Any(codec::AnyMap{{"Message", error.message}, {"Code", static_cast<int64_t>(http_status(error.code))}});
    return codec::to_msgpack(frame);
}

std::string end_frame() {
    StreamErrWrapper frame;
    frame.Error = codec::Any(codec::AnyMap{{"Message", std::string(kEndOfPieces)}, {"Code", codec::Any()}});
    return codec::to_msgpack(frame);
}

Result<std::string> payload_of(std::string_view frame) {
    auto read = codec::from_msgpack<StreamErrWrapper>(frame);
    if (!read) return fail(read.error());
    if (read->Error && !read->Error->is_null()) return fail(error_of(*read->Error));
    return std::string(std::move(read->Payload));
}

}  // namespace drover::model
