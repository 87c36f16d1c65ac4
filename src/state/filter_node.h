#pragma once
// The tree of a filter expression: made by filter_parser.cc, walked by filter.cc.

#include <memory>
#include <string>
#include <vector>

#include "state/filter.h"

namespace re2 {
class RE2;
}

namespace drover::state {

struct Filter::Node {
    enum class Kind {
        conjunction,  // left and right
        disjunction,
        negation,  // left
        equal,
        contains,  // value in selector
        matches,
        is_empty,
        is_nil,
        any,  // of what the selector names, left holds for one element
        all,
    };
    Kind kind = Kind::equal;
    bool negated = false;  // !=, not in, is not empty...
    std::vector<std::string> path;
    std::string value;
    std::string first_name, second_name;  // any, all: what elements are called; of maps, key and value
    std::unique_ptr<Node> left, right;
    std::shared_ptr<const re2::RE2> pattern;  // matches; may be malformed, which is told when it is used
};

inline constexpr int kMaxFilterDepth = 100;

Result<std::unique_ptr<Filter::Node>> parse_filter(std::string_view text);

}  // namespace drover::state
