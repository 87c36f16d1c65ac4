#pragma once
// Lists in pages: filter expressions, tokens that name the first object of the next page, both directions. One form for
// all lists. Pure; any thread.

#include <string>
#include <string_view>

#include "base/strings.h"
#include "model/envelope.h"
#include "state/filter.h"
#include "state/range.h"
#include "state/tables.h"

namespace drover::server {

// What a list is ordered by, which is also what its page tokens are.
enum class PageOrder {
    creation,   // `<CreateIndex>.<ID>`
    id,         // `<ID>` of objects that are identified by a UUID
    scoped_id,  // `<namespace>.<ID>`
    name,       // `<Name>`
};

// Whether an object of namespace `ns` is asked for.
inline bool in_namespace(const model::QueryOptions& request, std::string_view ns) {
    return request.Namespace == "*" || request.Namespace == ns;
}

namespace detail {

// The key of the range at which a page begins; empty: the token has another form, and elements are compared with it as
// text.
std::string start_key(PageOrder order, const std::string& token);
// Whether an element comes before the one that a token names, as texts or, for creation, first by number.
bool before(PageOrder order, std::string_view element, std::string_view token);

template <class T>
std::string token_of(PageOrder order, const T& object) {
    if constexpr (requires { object.create_index(); }) {
        return order == PageOrder::creation ? std::to_string(object.create_index()) + "." + object.id() : object.id();
    } else {
        if constexpr (requires {
                          object.ID;
                          object.Namespace;
                      }) {
            if (order == PageOrder::scoped_id) return object.Namespace + "." + object.ID;
        }
        if constexpr (requires { object.ID; }) {
            return order == PageOrder::creation ? std::to_string(object.CreateIndex) + "." + object.ID : object.ID;
        } else {
            return object.Name;
        }
    }
}

// An element of a range is a pointer to an object, or an AllocRef, which is the object and knows the full one.
template <class E>
decltype(auto) object_of(const E& element) {
    if constexpr (requires { element.full(); }) {
        return (element);
    } else {
        return (*element);
    }
}
template <class E>
Result<bool> passes(const state::Filter& filter, const E& element) {
    if constexpr (requires { element.full(); }) {
        return filter.matches(*element.full());
    } else {
        return filter.matches(*element);
    }
}

}  // namespace detail

Result<state::Filter> read_filter(const std::string& expression);

// Walks `range` and calls `emit` for the elements of the page that is asked for: those for which `matches` holds and
// that pass the filter. Sets the answer's NextToken. Errors are those that clients know (bad_request).
template <class T, class Matches, class Emit>
Result<> page(state::Range<T> range, const model::QueryOptions& request, PageOrder order, model::QueryMeta& answer,
              Matches matches, Emit emit) {
    auto filter = read_filter(request.Filter);
    if (!filter)
        return fail(Error::bad_request("failed to create result paginator: failed to read filter expression: " +
                                       filter.error().message));
    auto walk = std::move(range).reversed(request.Reverse);
    std::string start = detail::start_key(order, request.NextToken);
    if (!start.empty()) walk = std::move(walk).from(start);
    const bool compare = start.empty() && !request.NextToken.empty();
    int64_t left = request.PerPage;
    for (const auto& element : walk) {
        const auto& object = detail::object_of(element);
        if (compare) {
            std::string token = detail::token_of(order, object);
            if (request.Reverse ? detail::before(order, request.NextToken, token)
                                : detail::before(order, token, request.NextToken))
                continue;
        }
        if (!matches(object)) continue;
        auto passed = detail::passes(*filter, element);
        if (!passed) return fail(Error::bad_request("failed to read result page: " + passed.error().message));
        if (!*passed) continue;
        if (request.PerPage != 0 && left-- <= 0) {
            answer.NextToken = detail::token_of(order, object);
            break;
        }
        emit(element);
    }
    return {};
}

}  // namespace drover::server
