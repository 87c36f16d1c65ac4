#pragma once
// The agent's HTTP API as commands use it: one call at a time, waited for. An answer that is no success is an Error
// whose message is what the SDK's users know: `Unexpected response code: 404 (job not found)`; `status` keeps the code.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "net/http.h"
#include "net/http_client.h"

namespace drover::cli {

// Where and as whom to call: general flags over environment over defaults.
struct ApiConfig {
    std::string address = "http://127.0.0.1:4646";  // http, https, unix://path
    std::string region;
    std::string namespace_name;  // empty: the default, nothing is sent
    std::string token;
    std::string ca_cert, ca_path, client_cert, client_key, tls_server_name;
    bool tls_skip_verify = false;
    std::string http_auth;  // user:password
};

struct ApiAnswer {
    int status = 0;
    net::Headers headers;
    std::string body;
};

class Api {
public:
    static Result<std::unique_ptr<Api>> connect(ApiConfig config);
    ~Api();

    // Any status; an Error only if no answer came.
    Result<ApiAnswer> send(std::string method, std::string_view path, net::Query query, std::string body);
    // An answer of 2xx, or an Error.
    static Result<ApiAnswer> successful(Result<ApiAnswer> answer);
    // Both.
    Result<ApiAnswer> call(std::string method, std::string_view path, net::Query query = {}, std::string body = "");

    Result<ApiAnswer> get(std::string_view path, net::Query query = {}) { return call("GET", path, std::move(query)); }

    template <class T>
    Result<T> read(std::string_view path, net::Query query = {}) {
        auto answer = get(path, std::move(query));
        if (!answer) return fail(answer.error());
        return decode<T>(answer->body);
    }
    template <class T, class Body>
    Result<T> write(std::string method, std::string_view path, const Body& body, net::Query query = {}) {
        auto answer = call(std::move(method), path, std::move(query), codec::to_json(body));
        if (!answer) return fail(answer.error());
        return decode<T>(answer->body);
    }

    // Any status, with a body of at most that size; within a minute.
    Result<ApiAnswer> download(std::string_view path, size_t max_bytes);

    // Sends a body of that size piece by piece. 2xx, or an Error.
    Result<ApiAnswer> upload(std::string method, std::string_view path, net::Query query, uint64_t size,
                             std::function<Result<std::string>()> source);

    // Hands the body to `take` piece by piece as it arrives, until it ends or `take` answers false.
    Result<void> stream(std::string_view path, net::Query query, std::function<bool(std::string_view)> take);

    const ApiConfig& config() const;

private:
    Result<ApiAnswer> exchange(net::ClientRequest request, net::Limit limit = {}, size_t max_bytes = 256 << 20);
    struct Impl;
    explicit Api(std::unique_ptr<Impl> impl);

    template <class T>
    static Result<T> decode(const std::string& body) {
        auto value = codec::from_json<T>(body);
        if (!value) return fail(value.error().wrapped("Failed to decode the agent's answer: "));
        return value;
    }

    std::unique_ptr<Impl> impl_;
};

}  // namespace drover::cli
