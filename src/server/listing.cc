#include "server/listing.h"

#include <algorithm>

#include "base/uuid.h"

namespace drover::server {

Result<state::Filter> read_filter(const std::string& expression) { return state::Filter::parse(expression); }

namespace detail {

std::string start_key(PageOrder order, const std::string& token) {
    if (order == PageOrder::id && is_uuid(token)) return state::uuid_key(std::string_view(token));
    if (order != PageOrder::creation) return {};
    const size_t dot = token.find('.');
    if (dot == std::string::npos) return {};
    auto index = parse_uint(std::string_view(token).substr(0, dot));
    std::string id = token.substr(dot + 1);
    if (!index || !is_uuid(id)) return {};
    return state::Key().number(*index).raw(state::uuid_key(std::string_view(id)));
}

bool before(PageOrder order, std::string_view element, std::string_view token) {
    const size_t a = element.find('.'), b = token.find('.');
    if (order == PageOrder::creation && a != std::string_view::npos && b != std::string_view::npos) {
        auto x = parse_uint(element.substr(0, a)), y = parse_uint(token.substr(0, b));
        if (x && y && *x != *y) return *x < *y;
        if (x && y) return element.substr(a) < token.substr(b);
    }
    return element < token;
}

}  // namespace detail
}  // namespace drover::server
