#include "hcl/body.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::hcl {

const BlockSchema* Schema::block(std::string_view type) const {
    auto it = std::find_if(blocks.begin(), blocks.end(), [&](const BlockSchema& b) { return b.type == type; });
    return it == blocks.end() ? nullptr : &*it;
}

const AttributeSchema* Schema::attribute(std::string_view name) const {
    auto it =
        std::find_if(attributes.begin(), attributes.end(), [&](const AttributeSchema& a) { return a.name == name; });
    return it == attributes.end() ? nullptr : &*it;
}

NativeBody::NativeBody(std::vector<Attribute> attributes, std::vector<Block> blocks, Range range, Range end_range)
    : items_(std::make_shared<const Items>(
          Items{std::move(attributes), std::move(blocks), std::move(range), std::move(end_range)})) {}

const Attribute* NativeBody::find_attribute(std::string_view name) const {
    for (const Attribute& attribute : attributes()) {
        if (attribute.name == name) return &attribute;
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

Content NativeBody::take(const Schema& schema, Diagnostics& diags, Names& taken) const {
    Content out;
    out.missing_item_range = missing_item_range();
    for (const AttributeSchema& wanted : schema.attributes) {
        taken.insert(wanted.name);
        const Attribute* attribute = is_hidden(wanted.name) ? nullptr : find_attribute(wanted.name);
        if (attribute) {
            out.attributes.emplace(wanted.name, *attribute);
        } else if (wanted.required) {
            diags.error("Missing required argument",
                        "The argument " + quote(wanted.name) + " is required, but no definition was found.",
                        out.missing_item_range);
        }
    }
    for (const BlockSchema& wanted : schema.blocks) taken.insert(wanted.type);
    for (const Block& block : blocks()) {
        const BlockSchema* wanted = is_hidden(block.type) ? nullptr : schema.block(block.type);
        if (wanted && labels_fit(block, *wanted, diags)) out.blocks.push_back(block);
    }
    return out;
}

void NativeBody::report_unknown(const Schema& schema, const Names& taken, Diagnostics& diags) const {
    std::vector<std::string> attribute_names;
    std::vector<std::string> block_types;
    for (const AttributeSchema& a : schema.attributes) attribute_names.push_back(a.name);
    for (const BlockSchema& b : schema.blocks) block_types.push_back(b.type);
    for (const Attribute& attribute : attributes()) {
        if (is_hidden(attribute.name) || schema.attribute(attribute.name)) continue;
        std::string hint = diags.is_full() ? "" : suggestion(attribute.name, attribute_names);
        if (!hint.empty()) {
            hint = " Did you mean " + quote(hint) + "?";
        } else if (schema.block(attribute.name)) {
            hint = " Did you mean to define a block of type " + quote(attribute.name) + "?";
        }
        diags.error("Unsupported argument",
                    "An argument named " + quote(attribute.name) + " is not expected here." + hint,
                    attribute.name_range);
    }
    for (const Block& block : blocks()) {
        if (is_hidden(block.type) || schema.block(block.type)) continue;
        std::string hint = diags.is_full() ? "" : suggestion(block.type, block_types);
        if (!hint.empty()) {
            hint = " Did you mean " + quote(hint) + "?";
        } else if (taken.contains(block.type)) {
            hint = " Did you mean to define argument " + quote(block.type) +
                   "? If so, use the equals sign to assign it a value.";
        }
        diags.error("Unsupported block type", "Blocks of type " + quote(block.type) + " are not expected here." + hint,
                    block.type_range);
    }
}

Content NativeBody::content(const Schema& schema, Diagnostics& diags) const {
    Names taken;
    Content out = take(schema, diags, taken);
    report_unknown(schema, taken, diags);
    return out;
}

Content NativeBody::partial_content(const Schema& schema, BodyPtr& rest, Diagnostics& diags) const {
    Names taken;
    Content out = take(schema, diags, taken);
    if (maybe_hidden_) taken.insert(maybe_hidden_->begin(), maybe_hidden_->end());
    rest = BodyPtr(new NativeBody(items_, std::move(taken)));
    return out;
}

Attributes NativeBody::just_attributes(Diagnostics& diags) const {
    Attributes out;
    for (const Block& block : blocks()) {
        if (is_hidden(block.type)) continue;
        diags.error("Unexpected " + quote(block.type) + " block", "Blocks are not allowed here.", block.type_range);
        break;
    }
    for (const Attribute& attribute : attributes()) {
        if (!is_hidden(attribute.name)) out.emplace(attribute.name, attribute);
    }
    return out;
}

Content NativeBody::everything(Diagnostics&) const {
    Content out;
    out.missing_item_range = missing_item_range();
    for (const Attribute& attribute : attributes()) {
        if (!is_hidden(attribute.name)) out.attributes.emplace(attribute.name, attribute);
    }
    for (const Block& block : blocks()) {
        if (!is_hidden(block.type)) out.blocks.push_back(block);
    }
    return out;
}

}  // namespace drover::hcl
