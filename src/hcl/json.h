#pragma once
// JSON text as a tree that knows where everything stands: for HCL's JSON syntax and for jsondecode. Inside the room
// only. Depth is bounded; errors carry HCL's words.

#include <string>
#include <vector>

#include "hcl/diagnostics.h"

namespace drover::hcl {

struct JsonMember;

struct JsonNode {
    enum class Kind : uint8_t { null, boolean, number, string, array, object };
    Kind kind = Kind::null;
    bool flag = false;
    bool escaped = false;  // a string that is not spelled as it reads
    std::string text;      // of a string, decoded; of a number, as spelled
    std::vector<JsonNode> items;
    std::vector<JsonMember> members;
    Range range;  // with quotes and brackets
};

struct JsonMember {
    std::string name;
    Range name_range;
    JsonNode value;
};

// The value that the source is. Errors leave a partial tree.
JsonNode parse_json(const Shared<Source>& source, Diagnostics& diags);

// A string with its quotes; `<`, `>`, `&` and line separators escaped, as for HTML.
std::string json_quote(std::string_view text);

}  // namespace drover::hcl
