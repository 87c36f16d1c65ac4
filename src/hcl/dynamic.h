#pragma once
// `dynamic` blocks: a view of a body in which every `dynamic "x" { for_each .. content { .. } }` stands for as many
// blocks of type x as for_each has elements, at any depth that is decoded by schema. What is taken without a schema
// (Body::everything) keeps its dynamic blocks as they are, but sees the iterators around it.

#include "hcl/body.h"
#include "hcl/eval.h"

namespace drover::hcl {

inline constexpr size_t kMaxDynamicBlocks = 20'000;  // from one dynamic block

// for_each and labels are evaluated in `context`, which must outlive the body and all that comes from it; attributes
// are evaluated in the context given to them later, plus the iterators.
BodyPtr expand_dynamic(BodyPtr body, const EvalContext& context);

}  // namespace drover::hcl
