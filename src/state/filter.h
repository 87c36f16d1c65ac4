#pragma once
// Filter expressions, as list routes take them: `Status == "complete" and JobID matches "^web"`. Selectors are the
// members' names of the full object. Parsing tells faults in the words that users know; unknown selectors and bad
// regular expressions are found only when an object is looked at. A parsed filter is immutable; any thread may use it.
//
//   expression  = or-expression of `and`, `or`, `not`, parentheses
//   match       = selector (== | != | contains | not contains | matches | not matches) value
//               | value (in | not in) selector | selector is [not] (empty | nil)
//               | (any | all) selector as name [, name] { expression }
//   selector    = Name(.Name | ["key"])*  or  "/json/pointer"

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/type.h"

namespace drover::state {

class Filter {
public:
    // The empty expression matches everything. ErrorCode::bad_request: `1:9 (8): no match found, expected: ...`.
    static Result<Filter> parse(std::string_view expression);

    // Whether the object is selected. ErrorCode::bad_request: `error finding value in datum: ...`.
    Result<bool> matches(const codec::TypeInfo& type, const void* object) const;

    template <class T>
    Result<bool> matches(const T& object) const {
        return matches(codec::type_of<T>(), &object);
    }

    bool selects_all() const { return root_ == nullptr; }

    struct Node;

private:
    std::shared_ptr<const Node> root_;
};

}  // namespace drover::state
