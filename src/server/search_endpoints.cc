#include <algorithm>
#include <array>

#include "base/strings.h"
#include "model/rpc_operator.h"
#include "server/endpoint_tables.h"
#include "server/listing.h"

namespace drover::server {
namespace {

using state::View;

constexpr size_t kMaxMatches = 20;
constexpr std::array<std::string_view, 12> kContexts = {"allocs",         "jobs",       "nodes",      "node_pools",
                                                        "evals",          "deployment", "plugins",    "volumes",
                                                        "scaling_policy", "vars",       "namespaces", "host_volumes"};
constexpr std::array<std::string_view, 4> kByUuid = {"allocs", "nodes", "evals", "deployment"};

template <class Name>
bool among(const auto& list, const Name& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

// Digits of an identifier as the tables take them: an even number, lower case. Nothing: no identifier begins so.
std::optional<std::string> id_prefix(std::string_view prefix) {
    std::string digits;
    for (const char c : prefix) {
        if (c == '-') continue;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return std::nullopt;
        digits += c;
    }
    if (digits.size() > 32) return std::nullopt;
    return digits.substr(0, digits.size() / 2 * 2);
}

class Search {
public:
    Search(const View& view, const model::SearchRequest& request, model::SearchResponse& response)
        : view_(view), request_(request), response_(response), prefix_(id_prefix(request.Prefix)) {}

    void in(std::string_view context) {
        if (among(kByUuid, context)) {
            if (prefix_) by_id(context);
            return;
        }
        const std::string name(context);
        List<std::string>& matches = response_.Matches[name];
        bool& truncated = response_.Truncations[name];
        if (context == "jobs") {
            const bool all = request_.Namespace == "*";
            for (const auto& job :
                 all ? view_.jobs().all() : view_.jobs().with_prefix(request_.Namespace, request_.Prefix)) {
                if (has_prefix(job->ID, request_.Prefix) && !add(matches, truncated, job->ID)) break;
            }
        } else if (context == "node_pools") {
            for (const auto& pool : view_.node_pools().with_prefix(request_.Prefix)) {
                if (!add(matches, truncated, pool->Name)) break;
            }
        } else if (context == "namespaces") {
            for (const auto& ns : view_.namespaces().with_prefix(request_.Prefix)) {
                if (!add(matches, truncated, ns->Name)) break;
            }
        }
    }

private:
    static bool add(List<std::string>& matches, bool& truncated, std::string id) {
        if (matches.size() == kMaxMatches) {
            truncated = true;
            return false;
        }
        matches.push_back(std::move(id));
        return true;
    }

    template <class Range, class IdOf, class NamespaceOf>
    void collect(std::string_view context, Result<Range> range, IdOf id_of, NamespaceOf namespace_of) {
        List<std::string>& matches = response_.Matches[std::string(context)];
        bool& truncated = response_.Truncations[std::string(context)];
        if (!range) return;
        for (const auto& object : *range) {
            // The tables know whole bytes only, and no upper case.
            std::string id = id_of(object);
            if (!has_prefix(id, request_.Prefix) || !in_namespace(request_, namespace_of(object))) continue;
            if (!add(matches, truncated, std::move(id))) break;
        }
    }

    void by_id(std::string_view context) {
        const auto member_id = [](const auto& object) { return object->ID; };
        const auto member_ns = [](const auto& object) { return object->Namespace; };
        if (context == "evals") {
            collect(context, view_.evals().with_prefix(*prefix_), member_id, member_ns);
        } else if (context == "deployment") {
            collect(context, view_.deployments().with_prefix(*prefix_), member_id, member_ns);
        } else if (context == "nodes") {
            collect(context, view_.nodes().with_prefix(*prefix_), member_id,
                    [&](const auto&) { return request_.Namespace; });
        } else {
            collect(
                context, view_.allocs().with_prefix(*prefix_), [](const auto& alloc) { return alloc.id(); },
                [](const auto& alloc) { return alloc.ns(); });
        }
    }

    const View& view_;
    const model::SearchRequest& request_;
    model::SearchResponse& response_;
    std::optional<std::string> prefix_;
};

Result<model::SearchResponse> prefix_search(const View& view, const model::SearchRequest& request) {
    model::SearchResponse response;
    response.Matches.made = response.Truncations.made = true;
    response.Index = view.index();
    Search search(view, request, response);
    if (request.Context == "all") {
        for (std::string_view context : kContexts) search.in(context);
        return response;
    }
    if (!among(kContexts, request.Context)) {
        std::vector<std::string> names(kContexts.begin(), kContexts.end());
        return fail(Error::internal("context must be one of [" + join(names, " ") +
                                    "] or 'all' for all contexts; got " + quote(request.Context)));
    }
    search.in(request.Context);
    return response;
}

}  // namespace

const EndpointTable& search_endpoints() {
    static const EndpointTable table = {read("Search.PrefixSearch", prefix_search, needs_token())};
    return table;
}

}  // namespace drover::server
