#pragma once
// Errors are values. A fallible function returns Result<T>; an Error says what kind of failure it is (which decides
// the HTTP status and the RPC text) and a message for people, in the wording that Nomad's users know.

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace drover {

enum class ErrorCode {
    bad_request,         // 400
    unauthorized,        // 401
    denied,              // 403
    not_found,           // 404
    method_not_allowed,  // 405
    conflict,            // 409
    too_large,           // 413
    too_many,            // 429
    internal,            // 500: also what Nomad answers to most invalid input
    not_implemented,     // 501
    unavailable,         // 503
    timeout,             // 504
    canceled,            // 499: the caller went away
};

// The HTTP status that clients see for a code.
int http_status(ErrorCode code);

struct [[nodiscard]] Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;

    static Error bad_request(std::string message) { return {ErrorCode::bad_request, std::move(message)}; }
    static Error denied() { return {ErrorCode::denied, "Permission denied"}; }
    static Error not_found(std::string message) { return {ErrorCode::not_found, std::move(message)}; }
    static Error conflict(std::string message) { return {ErrorCode::conflict, std::move(message)}; }
    static Error internal(std::string message) { return {ErrorCode::internal, std::move(message)}; }
    static Error not_implemented(std::string message) { return {ErrorCode::not_implemented, std::move(message)}; }
    static Error unavailable(std::string message) { return {ErrorCode::unavailable, std::move(message)}; }
    static Error timeout(std::string message) { return {ErrorCode::timeout, std::move(message)}; }
    static Error canceled(std::string message) { return {ErrorCode::canceled, std::move(message)}; }

    // The same failure with words before its message.
    Error wrapped(std::string_view prefix) const { return {code, std::string(prefix) + message}; }

    bool operator==(const Error&) const = default;
};

template <class T = void>
using Result = tl::expected<T, Error>;

// Makes the unexpected half of any Result: `return fail(Error::not_found("job not found"));`
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace drover
