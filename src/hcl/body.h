#pragma once
// Bodies: what stands between braces, and the file itself. Attributes and blocks, asked for by a schema or taken as
// they are. Immutable and shared; views (partial decoding, dynamic blocks) wrap the body below them.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hcl/attributes.h"

namespace drover::hcl {

class Body;
class NativeBody;
using BodyPtr = std::shared_ptr<const Body>;

struct Block {
    std::string type;
    std::vector<std::string> labels;
    BodyPtr body;
    Range def_range;  // type and labels
    Range type_range;
    std::vector<Range> label_ranges;
};

struct AttributeSchema {
    std::string name;
    bool required = false;
};

struct BlockSchema {
    std::string type;
    std::vector<std::string> labels;  // names for messages; may be empty strings
};

struct Schema {
    std::vector<AttributeSchema> attributes;
    std::vector<BlockSchema> blocks;

    const BlockSchema* block(std::string_view type) const;
    const AttributeSchema* attribute(std::string_view name) const;
};

struct Content {
    Attributes attributes;
    std::vector<Block> blocks;  // in the order of the source
    Range missing_item_range;   // where a missing item would have to stand
};

class Body {
public:
    virtual ~Body() = default;

    // What the schema names; anything else is an error.
    virtual Content content(const Schema& schema, Diagnostics& diags) const = 0;
    // The same, and `rest` is a body of what the schema does not name.
    virtual Content partial_content(const Schema& schema, BodyPtr& rest, Diagnostics& diags) const = 0;
    // Everything as attributes; blocks are errors.
    virtual Attributes just_attributes(Diagnostics& diags) const = 0;
    // All attributes and blocks as they stand, for those who take what comes without a schema. In JSON syntax
    // everything is an attribute.
    virtual Content everything(Diagnostics& diags) const = 0;
    virtual Range missing_item_range() const = 0;

    // The body as parsed if it is native syntax and no view of it; else null.
    virtual const NativeBody* native() const { return nullptr; }
};

// A body of native syntax.
class NativeBody final : public Body {
public:
    // `range` includes the braces; `end_range` is the closing brace or the end of file.
    NativeBody(std::vector<Attribute> attributes, std::vector<Block> blocks, Range range, Range end_range);

    Content content(const Schema& schema, Diagnostics& diags) const override;
    Content partial_content(const Schema& schema, BodyPtr& rest, Diagnostics& diags) const override;
    Attributes just_attributes(Diagnostics& diags) const override;
    Content everything(Diagnostics& diags) const override;
    Range missing_item_range() const override;
    const NativeBody* native() const override { return this; }

    const std::vector<Attribute>& attributes() const { return items_->attributes; }  // in the order of the source
    const std::vector<Block>& blocks() const { return items_->blocks; }
    const Attribute* find_attribute(std::string_view name) const;
    const Range& range() const { return items_->range; }

private:
    struct Items {
        std::vector<Attribute> attributes;
        std::vector<Block> blocks;
        Range range;
        Range end_range;
    };
    using Names = std::set<std::string, std::less<>>;
    NativeBody(std::shared_ptr<const Items> items, Names hidden)
        : items_(std::move(items)), maybe_hidden_(std::make_shared<const Names>(std::move(hidden))) {}
    Content take(const Schema& schema, Diagnostics& diags) const;
    Attributes shown_attributes() const;
    void report_unknown(const Schema& schema, Diagnostics& diags) const;
    void report_unknown(const Attribute& attribute, const Schema& schema, Diagnostics& diags) const;
    void report_unknown(const Block& block, const Schema& schema, Diagnostics& diags) const;

    std::shared_ptr<const Items> items_;
    bool is_hidden(const std::string& name) const { return maybe_hidden_ && maybe_hidden_->contains(name); }

    std::shared_ptr<const Names> maybe_hidden_;  // names that an earlier partial decoding has taken
};

}  // namespace drover::hcl
