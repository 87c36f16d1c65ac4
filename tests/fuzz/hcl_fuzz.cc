// HCL in: any bytes parse or give errors, what parses evaluates within its budget, and formatting twice is formatting
// once.

#include <cstdint>
#include <cstdlib>

#include "base/strings.h"
#include "hcl/dynamic.h"
#include "hcl/format.h"
#include "hcl/functions.h"
#include "hcl/parser.h"

namespace {

using namespace drover;

void evaluate_all(const hcl::BodyPtr& body, const hcl::EvalContext& context, int depth, int& left) {
    hcl::Diagnostics diags;
    hcl::Content content = body->everything(diags);
    for (const hcl::Attribute& attribute : content.attributes) {
        if (--left < 0) return;
        attribute.expr->evaluate(context, diags);
        hcl::references(*attribute.expr);
        hcl::parse_type(*attribute.expr, true, diags);
    }
    for (const hcl::Block& block : content.blocks) {
        if (depth < 20 && --left > 0) evaluate_all(block.body, context, depth + 1, left);
    }
    for (const hcl::Diagnostic& d : diags) d.pretty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > 64 * 1024) return 0;
    std::string text = to_valid_utf8({reinterpret_cast<const char*>(data), size});
    hcl::Diagnostics diags;
    hcl::BodyPtr body = hcl::parse_file("fuzz.hcl", text, diags);
    diags.lines();
    diags.pretty();
    SeededRng rng(1);
    hcl::EvalContext context;
    context.budget().work = 8'000'000;
    context.budget().memory = 1 << 20;
    context.functions = hcl::standard_functions({&rng, false, ""});
    context.unknown_root = hcl::reference_text;
    int left = 500;
    evaluate_all(body, context, 0, left);
    hcl::Schema schema;
    schema.attributes = {{"a"}, {"type", true}};
    schema.blocks = {{"job", {"name"}}, {"group", {"name"}}, {"b", {}}};
    hcl::expand_dynamic(body, context)->content(schema, diags);
    if (diags.has_errors()) return 0;
    std::string once = hcl::format(text);
    if (hcl::format(once) != once) std::abort();
    return 0;
}
