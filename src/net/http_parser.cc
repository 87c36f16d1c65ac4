#include "net/detail/http_parser.h"

#include <boost/beast/http/basic_parser.hpp>

#include <limits>

namespace drover::net::detail {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// How much of a body is reserved on the word of its Content-Length alone.
constexpr uint64_t kTrustedBytes = 1 << 20;

template <bool is_request>
class Parser final : public MessageParser, http::basic_parser<is_request> {
    using Base = http::basic_parser<is_request>;

public:
    Parser(const ParseLimits& limits, bool no_body) {
        Base::header_limit(static_cast<uint32_t>(limits.head_bytes));
        Base::body_limit(limits.body_bytes);
        Base::skip(no_body);
    }

    ParseState put(std::string_view bytes, size_t& used) override {
        used = 0;
        const bool had_head = Base::is_header_done();
        Base::eager(had_head);
        error_code problem;
        while (used < bytes.size() && !Base::is_done()) {
            used += Base::put({bytes.data() + used, bytes.size() - used}, problem);
            if (problem) break;
            if (!had_head && Base::is_header_done()) return finish_head();
        }
        if (Base::is_done()) return ParseState::done;
        return state_of(problem);
    }

    ParseState put_end() override {
        if (!Base::got_some()) return ParseState::malformed;
        error_code problem;
        Base::put_eof(problem);
        return problem || !Base::is_done() ? ParseState::malformed : ParseState::done;
    }

private:
    static ParseState state_of(const error_code& problem) {
        if (!problem || problem == http::error::need_more) return ParseState::more;
        if (problem == http::error::header_limit) return ParseState::head_too_large;
        if (problem == http::error::body_limit) return ParseState::body_too_large;
        return ParseState::malformed;
    }

    ParseState finish_head() {
        head.keep_alive = Base::keep_alive();
        head.chunked = Base::chunked();
        if (const auto length = Base::content_length()) head.content_length = *length;
        return ParseState::head;
    }

    void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                         error_code&) override {
        head.method.assign(method.data(), method.size());
        head.target.assign(target.data(), target.size());
        head.version_minor = version % 10;
    }
    void on_response_impl(int status, beast::string_view, int version, error_code&) override {
        head.status = status;
        head.version_minor = version % 10;
    }
    void on_field_impl(http::field, beast::string_view name, beast::string_view value, error_code&) override {
        if (Base::is_header_done()) return;  // a trailer
        head.headers.add({name.data(), name.size()}, {value.data(), value.size()});
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<uint64_t>& length, error_code&) override {
        if (length) body.reserve(std::min(*length, kTrustedBytes));
    }
    size_t on_body_impl(beast::string_view bytes, error_code&) override {
        body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(uint64_t, beast::string_view, error_code&) override {}
    size_t on_chunk_body_impl(uint64_t, beast::string_view bytes, error_code&) override {
        body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_finish_impl(error_code&) override {}
};

}  // namespace

std::unique_ptr<MessageParser> MessageParser::for_request(const ParseLimits& limits) {
    return std::make_unique<Parser<true>>(limits, false);
}

std::unique_ptr<MessageParser> MessageParser::for_response(const ParseLimits& limits, bool no_body) {
    return std::make_unique<Parser<false>>(limits, no_body);
}

}  // namespace drover::net::detail
