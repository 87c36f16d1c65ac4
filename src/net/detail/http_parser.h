#pragma once
// HTTP/1 messages from bytes as they come. The grammar is Beast's; here it feeds our own values. Push: the caller keeps
// what was not used and offers it again with more.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"

namespace drover::net::detail {

enum class ParseState {
    more,       // needs more bytes
    head,       // the head has just been completed; nothing of the body was used yet
    done,       // the message is complete
    malformed,  // and the rest as it says
    head_too_large,
    body_too_large,
};

struct ParseLimits {
    size_t head_bytes = 64 << 10;
    uint64_t body_bytes = 64 << 20;
};

// What a request's or a response's start line and framing say. Fields are filled when the head is complete.
struct MessageHead {
    std::string method, target;  // requests
    int status = 0;              // responses
    int version_minor = 1;
    bool keep_alive = false;
    bool chunked = false;
    uint64_t content_length = 0;  // 0 when unknown
    Headers headers;
};

class MessageParser {
public:
    static std::unique_ptr<MessageParser> for_request(const ParseLimits& limits);
    // `no_body`: the answer to HEAD.
    static std::unique_ptr<MessageParser> for_response(const ParseLimits& limits, bool no_body);
    virtual ~MessageParser() = default;

    // Uses some of the bytes and says how many. Returns after the head even if more is there. Body bytes are appended
    // to `body`.
    virtual ParseState put(std::string_view bytes, size_t& used) = 0;
    // The peer sends no more: done if that is how this message ends.
    virtual ParseState put_end() = 0;

    MessageHead head;
    std::string body;
};

}  // namespace drover::net::detail
