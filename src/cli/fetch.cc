#include "cli/fetch.h"

#include <algorithm>
#include <cctype>

#include "base/strings.h"
#include "cli/api.h"

namespace drover::cli {
namespace {

constexpr size_t kMaxBytes = 32 << 20;
constexpr int kMaxRedirections = 10;

// `git::https://...`: how it is to be got, in front of the address.
std::string forced_getter(const std::string& address) {
    const size_t end = address.find("::");
    if (end == std::string::npos || end == 0) return "";
    const bool word = std::all_of(address.begin(), address.begin() + static_cast<ptrdiff_t>(end),
                                  [](unsigned char c) { return std::isalnum(c) != 0; });
    return word ? address.substr(0, end) : "";
}

bool is_web(std::string_view address) { return address.starts_with("http://") || address.starts_with("https://"); }

// What a plain GET would not do, which is no reason to do less than asked.
Result<> check(const std::string& address) {
    const auto lacks = [](const std::string& what) {
        return fail(
            Error::not_implemented(what + " is not supported; give a plain http or https address, a file or -"));
    };
    if (const std::string getter = forced_getter(address); !getter.empty()) return lacks(quote(getter + "::"));
    if (!is_web(address)) return lacks(quote(address.substr(0, address.find("://") + 3)));
    const size_t host = address.find("://") + 3;
    const std::string path = address.substr(host, address.find('?', host) - host);
    if (path.find("//") != std::string::npos) return lacks("a folder inside what is fetched (//)");
    if (path.substr(0, path.find('/')).find('@') != std::string::npos) return lacks("a user in the address");
    const size_t question = address.find('?', host);
    if (question == std::string::npos) return {};
    for (const auto& part : split(address.substr(question + 1), '&')) {
        for (const char* option : {"checksum", "archive", "filename"}) {
            if (part.starts_with(std::string(option) + "=")) return lacks("the option " + quote(option));
        }
    }
    return {};
}

// The address that a redirection means, seen from where it was found.
std::string resolve(const std::string& from, const std::string& location) {
    const size_t host = from.find("://") + 3;
    if (location.starts_with("//")) return from.substr(0, host - 2) + location;
    if (location.starts_with("/")) return from.substr(0, from.find('/', host)) + location;
    if (location.find("://") != std::string::npos) return location;
    const std::string bare = from.substr(0, from.find_first_of("?#"));
    const size_t slash = bare.rfind('/');
    return (slash < host ? bare + "/" : bare.substr(0, slash + 1)) + location;
}

}  // namespace

bool is_remote(const std::string& path) {
    return path.find("://") != std::string::npos || !forced_getter(path).empty();
}

Result<std::string> fetch(const std::string& address) {
    std::string next = address;
    for (int hop = 0; hop <= kMaxRedirections; ++hop) {
        if (auto checked = check(next); !checked) return fail(checked.error());
        const size_t host = next.find("://") + 3;
        const size_t slash = std::min(next.find_first_of("/?#", host), next.size());
        std::string target = next.substr(slash, next.find('#', slash) - slash);
        if (!target.starts_with("/")) target = "/" + target;
        ApiConfig config;  // without the token and the certificates that are meant for the agent
        config.address = next.substr(0, slash);
        auto api = Api::connect(config);
        if (!api) return fail(api.error());
        auto answer = (*api)->download(target, kMaxBytes);
        if (!answer) return fail(answer.error());
        const std::string location(answer->headers.get("Location"));
        const bool moved = answer->status >= 301 && answer->status <= 308 && !location.empty();
        if (!moved) {
            auto good = Api::successful(std::move(answer));
            return good ? Result<std::string>(std::move(good->body)) : Result<std::string>(fail(good.error()));
        }
        next = resolve(next, location);
    }
    return fail(Error::bad_request("more than " + std::to_string(kMaxRedirections) + " redirections"));
}

}  // namespace drover::cli
