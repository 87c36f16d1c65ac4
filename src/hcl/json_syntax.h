#pragma once
// HCL's JSON syntax: objects stand for bodies, and which of their properties are attributes or blocks follows from the
// schema that asks. Strings are templates. Same guarantees as hcl/parser.h.

#include "hcl/body.h"

namespace drover::hcl {

BodyPtr parse_json_syntax(Shared<Source> source, Diagnostics& diags);

}  // namespace drover::hcl
