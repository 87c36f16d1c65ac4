#include "net/stream.h"

#include "base/strings.h"

namespace drover::net {

std::string to_string(const Address& address) {
    if (address.kind == Address::Kind::unix_socket) return address.path;
    const bool v6 = address.host.find(':') != std::string::npos;
    return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<Address> parse_address(std::string_view text) {
    constexpr std::string_view kUnix = "unix://";
    if (has_prefix(text, kUnix)) return Address::unix_socket(std::string(text.substr(kUnix.size())));
    if (has_prefix(text, "/")) return Address::unix_socket(std::string(text));
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return fail(Error::bad_request("address " + std::string(text) + ": missing port in address"));
    std::string_view host = text.substr(0, colon);
    const bool bracketed = has_prefix(host, "[") && has_suffix(host, "]");
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!bracketed && host.find(':') != std::string_view::npos)
        return fail(Error::bad_request("address " + std::string(text) + ": too many colons in address"));
    const auto port = parse_uint(text.substr(colon + 1));
    if (!port || *port > 65535) return fail(Error::bad_request("address " + std::string(text) + ": invalid port"));
    return Address::tcp(std::string(host), static_cast<uint16_t>(*port));
}

Task<Result<size_t>> Stream::read_some(std::span<char> into, Limit limit) {
    for (;;) {
        Result<std::optional<size_t>> n = try_read(into);
        if (!n) co_return fail(n.error());
        if (*n) co_return **n;
        Result<> waited = co_await ready(Direction::read, limit);
        if (!waited) co_return fail(waited.error());
    }
}

Task<Result<>> Stream::write(std::string_view bytes, Limit limit) {
    while (!bytes.empty()) {
        Result<std::optional<size_t>> n = try_write(std::span(&bytes, 1));
        if (!n) co_return fail(n.error());
        if (*n) {
            bytes.remove_prefix(**n);
            continue;
        }
        Result<> waited = co_await ready(Direction::write, limit);
        if (!waited) co_return waited;
    }
    co_return Result<>();
}

Task<Result<>> Stream::write(std::vector<std::string_view> parts, Limit limit) {
    std::span<std::string_view> left(parts);
    for (;;) {
        while (!left.empty() && left.front().empty()) left = left.subspan(1);
        if (left.empty()) co_return Result<>();
        Result<std::optional<size_t>> n = try_write(left);
        if (!n) co_return fail(n.error());
        if (!*n) {
            Result<> waited = co_await ready(Direction::write, limit);
            if (!waited) co_return waited;
            continue;
        }
        for (size_t accepted = **n; accepted > 0;) {
            const size_t step = std::min(accepted, left.front().size());
            left.front().remove_prefix(step);
            accepted -= step;
            if (left.front().empty()) left = left.subspan(1);
        }
    }
}

}  // namespace drover::net
