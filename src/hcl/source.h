#pragma once
// Where something stands in a source text. A Source is immutable and shared by every range into it, so that diagnostics
// outlive the tree that they speak of. Columns count grapheme clusters, as HCL's diagnostics do; bytes count bytes.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/containers.h"

namespace drover::hcl {

struct Source {
    std::string name;
    std::string text;
};

struct Pos {
    uint32_t line = 1;
    uint32_t column = 1;
    uint32_t byte = 0;

    bool operator==(const Pos&) const = default;
};

// From the first character to the one after the last.
struct Range {
    Shared<Source> source;
    Pos start;
    Pos end;

    std::string_view text() const {
        if (!source || start.byte > source->text.size() || end.byte < start.byte) return {};
        return std::string_view(source->text).substr(start.byte, end.byte - start.byte);
    }
    // `name:line,col-col`, or `name:line,col-line,col` over several lines.
    std::string to_string() const;
};

// From the start of one to the end of the other.
Range between(const Range& first, const Range& last);
// The empty range at the end of one, and at its start.
Range after(const Range& range);
Range before(const Range& range);

}  // namespace drover::hcl
