#include "hcl/body.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::hcl {

namespace {

// Most names that are compared differ in length or in the first letter.
bool same(const std::string& a, std::string_view b) {
    return a.size() == b.size() && (b.empty() || (a.front() == b.front() && a == b));
}

}  // namespace

const BlockSchema* Schema::block(std::string_view type) const {
    auto it = std::find_if(blocks.begin(), blocks.end(), [&](const BlockSchema& b) { return same(b.type, type); });
    return it == blocks.end() ? nullptr : &*it;
}

const AttributeSchema* Schema::attribute(std::string_view name) const {
    auto it = std::find_if(attributes.begin(), attributes.end(),
                           [&](const AttributeSchema& a) { return same(a.name, name); });
    return it == attributes.end() ? nullptr : &*it;
}

NativeBody::NativeBody(std::vector<Attribute> attributes, std::vector<Block> blocks, Range range, Range end_range)
    : items_(std::make_shared<const Items>(
          Items{std::move(attributes), std::move(blocks), std::move(range), std::move(end_range)})) {}

const Attribute* NativeBody::find_attribute(std::string_view name) const {
    for (const Attribute& attribute : attributes()) {
        if (same(attribute.name, name)) return &attribute;
    }
    return nullptr;
}

Range NativeBody::missing_item_range() const { return before(items_->range); }

namespace {

bool labels_fit(const Block& block, const BlockSchema& schema, Diagnostics& diags) {
    size_t wanted = schema.labels.size();
    if (block.labels.size() == wanted) return true;
    if (block.labels.size() > wanted) {
        std::string detail = "No labels are expected for " + block.type + " blocks.";
        if (wanted > 0) {
            detail = "Only " + std::to_string(wanted) + " labels (" + join(schema.labels, ", ") +
                     ") are expected for " + block.type + " blocks.";
        }
        diags.error("Extraneous label for " + block.type, detail, block.label_ranges[wanted]);
        return false;
    }
    Range brace = before(block.body->native() ? block.body->native()->range() : block.def_range);
    ++brace.end.column;
    ++brace.end.byte;
    diags.error("Missing " + schema.labels[block.labels.size()] + " for " + block.type,
                "All " + block.type + " blocks must have " + std::to_string(wanted) + " labels (" +
                    join(schema.labels, ", ") + ").",
                brace);
    return false;
}

}  // namespace

Content NativeBody::take(const Schema& schema, Diagnostics& diags) const {
    Content out;
    out.missing_item_range = missing_item_range();
    std::vector<const Attribute*> found;
    found.reserve(std::min(schema.attributes.size(), attributes().size()));
    for (const AttributeSchema& wanted : schema.attributes) {
        const Attribute* attribute = is_hidden(wanted.name) ? nullptr : find_attribute(wanted.name);
        if (attribute) {
            found.push_back(attribute);
        } else if (wanted.required) {
            diags.error("Missing required argument",
                        "The argument " + quote(wanted.name) + " is required, but no definition was found.",
                        out.missing_item_range);
        }
    }
    out.attributes = Attributes(std::move(found), items_);
    for (const Block& block : blocks()) {
        const BlockSchema* wanted = is_hidden(block.type) ? nullptr : schema.block(block.type);
        if (wanted && labels_fit(block, *wanted, diags)) out.blocks.push_back(block);
    }
    return out;
}

void NativeBody::report_unknown(const Attribute& attribute, const Schema& schema, Diagnostics& diags) const {
    std::string hint;
    if (!diags.is_full()) {
        std::vector<std::string> known;
        for (const AttributeSchema& a : schema.attributes) known.push_back(a.name);
        hint = suggestion(attribute.name, known);
    }
    if (!hint.empty()) {
        hint = " Did you mean " + quote(hint) + "?";
    } else if (schema.block(attribute.name)) {
        hint = " Did you mean to define a block of type " + quote(attribute.name) + "?";
    }
    diags.error("Unsupported argument", "An argument named " + quote(attribute.name) + " is not expected here." + hint,
                attribute.name_range);
}

void NativeBody::report_unknown(const Block& block, const Schema& schema, Diagnostics& diags) const {
    std::string hint;
    if (!diags.is_full()) {
        std::vector<std::string> known;
        for (const BlockSchema& b : schema.blocks) known.push_back(b.type);
        hint = suggestion(block.type, known);
    }
    if (!hint.empty()) {
        hint = " Did you mean " + quote(hint) + "?";
    } else if (schema.attribute(block.type)) {
        hint = " Did you mean to define argument " + quote(block.type) +
               "? If so, use the equals sign to assign it a value.";
    }
    diags.error("Unsupported block type", "Blocks of type " + quote(block.type) + " are not expected here." + hint,
                block.type_range);
}

void NativeBody::report_unknown(const Schema& schema, Diagnostics& diags) const {
    for (const Attribute& attribute : attributes()) {
        if (is_hidden(attribute.name) || schema.attribute(attribute.name)) continue;
        report_unknown(attribute, schema, diags);
    }
    for (const Block& block : blocks()) {
        if (is_hidden(block.type) || schema.block(block.type)) continue;
        report_unknown(block, schema, diags);
    }
}

Content NativeBody::content(const Schema& schema, Diagnostics& diags) const {
    Content out = take(schema, diags);
    report_unknown(schema, diags);
    return out;
}

Content NativeBody::partial_content(const Schema& schema, BodyPtr& rest, Diagnostics& diags) const {
    Content out = take(schema, diags);
    Names taken;
    for (const AttributeSchema& wanted : schema.attributes) taken.insert(wanted.name);
    for (const BlockSchema& wanted : schema.blocks) taken.insert(wanted.type);
    if (maybe_hidden_) taken.insert(maybe_hidden_->begin(), maybe_hidden_->end());
    rest = BodyPtr(new NativeBody(items_, std::move(taken)));
    return out;
}

Attributes NativeBody::just_attributes(Diagnostics& diags) const {
    for (const Block& block : blocks()) {
        if (is_hidden(block.type)) continue;
        diags.error("Unexpected " + quote(block.type) + " block", "Blocks are not allowed here.", block.type_range);
        break;
    }
    return shown_attributes();
}

Attributes NativeBody::shown_attributes() const {
    std::vector<const Attribute*> shown;
    shown.reserve(attributes().size());
    for (const Attribute& attribute : attributes()) {
        if (!is_hidden(attribute.name)) shown.push_back(&attribute);
    }
    return Attributes(std::move(shown), items_);
}

Content NativeBody::everything(Diagnostics&) const {
    Content out;
    out.missing_item_range = missing_item_range();
    out.attributes = shown_attributes();
    for (const Block& block : blocks()) {
        if (!is_hidden(block.type)) out.blocks.push_back(block);
    }
    return out;
}

}  // namespace drover::hcl
