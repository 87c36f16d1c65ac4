#pragma once
// What an HTTP message is made of, for server and client alike. Plain values.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/stream.h"
#include "net/task.h"

namespace drover::net {

// Header fields in the order of the wire. Names are compared without case and written in Go's canonical form.
class Headers {
public:
    using Field = std::pair<std::string, std::string>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields) : fields_(fields) {}

    const std::string* find(std::string_view name) const;  // the first one, or null
    std::string_view get(std::string_view name) const;     // the first one, or ""
    bool has(std::string_view name) const { return find(name) != nullptr; }
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    void add_first(std::string name, std::string value);  // before those of that name
    void set(std::string_view name, std::string value);   // replaces all of that name
    void remove(std::string_view name);
    // Whether one of the comma-separated elements of any field of that name is `token`, without case.
    bool has_token(std::string_view name, std::string_view token) const;

    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }
    size_t size() const { return fields_.size(); }
    void reserve(size_t n) { fields_.reserve(n); }

private:
    std::vector<Field> fields_;
};

// "x-nomad-index" -> "X-Nomad-Index". A name with characters that no name may have stays as it is.
std::string canonical_header_name(std::string_view name);

// The parameters of a query string in order. As Go reads them: + is a space; a pair that is malformed is left out.
class Query {
public:
    using Pair = std::pair<std::string, std::string>;

    Query() = default;
    static Query parse(std::string_view raw);

    bool has(std::string_view key) const;
    std::optional<std::string_view> find(std::string_view key) const;  // the first value
    std::string_view get(std::string_view key) const;                  // the first value, or ""
    std::vector<std::string_view> all(std::string_view key) const;
    void add(std::string key, std::string value) { pairs_.emplace_back(std::move(key), std::move(value)); }
    void set(std::string_view key, std::string value);
    bool empty() const { return pairs_.empty(); }
    auto begin() const { return pairs_.begin(); }
    auto end() const { return pairs_.end(); }

    std::string encode() const;  // "a=1&b=x+y", in this order

private:
    std::vector<Pair> pairs_;
};

// Percent-decoding; nothing when an escape is malformed. Encoding escapes all but unreserved characters.
std::optional<std::string> decode_path(std::string_view raw);
std::string encode_path_segment(std::string_view text);  // '/' is escaped too
std::string encode_query(std::string_view text);         // a space becomes +

std::string_view reason_phrase(int status);  // "" if unknown
std::string http_date(Time time);            // "Sun, 06 Nov 1994 08:49:37 GMT"

// Takes the body of a request as it comes, where it is too large to be held.
class BodySink {
public:
    virtual ~BodySink() = default;
    virtual Result<> write(std::string_view piece) = 0;  // an error ends the connection
};

struct Request {
    std::string method;
    std::string target;    // as it was sent
    std::string path;      // decoded, begins with '/' ("*" for OPTIONS *)
    std::string raw_path;  // not decoded, without the query
    std::string raw_query;
    Query query;
    Headers headers;
    std::string body;
    std::shared_ptr<BodySink> sink = {};  // took the body: see HttpServerConfig
    Address remote;
    bool tls = false;
    int version_minor = 1;  // HTTP/1.x
};

// Takes chunks of a response's body over time. Each write reaches the client before it returns (compressed if the
// client asked for it), so a slow client slows its writer.
class BodyWriter {
public:
    virtual Task<Result<>> write(std::string_view chunk) = 0;

protected:
    ~BodyWriter() = default;
};

// Whoever takes over a connection gets its stream and what was read from it already.
struct Takeover {
    std::unique_ptr<Stream> stream;
    std::string already_read;
};

struct Response {
    int status = 200;
    Headers headers = {};  // without Content-Length, Transfer-Encoding, Connection, Date: the server's business
    std::string body = {};
    std::shared_ptr<const std::string> shared_body = {};  // instead of `body`: a body that several responses share

    // Instead of a body: called after the headers are sent. The stream ends when it returns; if it returns an error the
    // connection is cut, so that the client sees an incomplete answer. The token is the request's.
    std::function<Task<Result<>>(BodyWriter& body, CancelToken cancel)> stream = {};

    // Instead of a body: status (101) and headers are sent as they are, and the connection is the function's.
    std::function<Task<>(Takeover connection, CancelToken cancel)> takeover = {};

    // text/plain; charset=utf-8 without a newline, as Nomad sends its errors.
    static Response text(int status, std::string body);
    static Response json(std::string body, int status = 200);
};

}  // namespace drover::net
