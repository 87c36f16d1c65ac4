#pragma once
// Constraints and affinities on nodes: what the two sides stand for on a node, and what the operands mean. One owner,
// no threads (patterns and versions are compiled at first use and kept). Nothing fails: what cannot be read on either
// side does not match; registration has refused what is wrong for every node.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/node.h"
#include "model/resources.h"
#include "scheduler/version.h"

namespace re2 {
class RE2;
}

namespace drover::scheduler {

// A side of a constraint: `${attr.K}`, `${meta.K}`, `${node.…}`, or, without `${`, a literal.
class Target {
public:
    explicit Target(std::string_view text);

    // Its value on the node. Nothing: the node has no such thing. The view lives as long as the node and this.
    std::optional<std::string_view> on(const model::Node& node) const;

    // Nodes of one computed class may differ in it.
    bool unique() const { return unique_; }

private:
    enum class Kind { literal, attribute, meta, node_id, node_name, datacenter, node_class, node_pool, unknown };
    Kind kind_ = Kind::unknown;
    std::string key_;
    bool unique_ = false;
};

// Compiled right sides of the operands that need compiling; the last one is kept.
class Matcher {
public:
    Matcher();
    ~Matcher();
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;

    // Whether `operand` holds between the sides. Nothing: that side was not found.
    bool matches(std::string_view operand, std::optional<std::string_view> left, std::optional<std::string_view> right);

private:
    bool regexp(std::string_view left, std::string_view right);
    bool version(std::string_view left, std::string_view right, VersionRules rules);

    std::string pattern_text_, version_text_;
    std::unique_ptr<re2::RE2> pattern_;
    std::optional<VersionConstraints> versions_;
};

// The operands that are about other allocations and not about the node alone.
bool is_distinct_hosts(const model::Constraint& constraint);
bool is_distinct_property(const model::Constraint& constraint);

class NodeConstraint {
public:
    NodeConstraint(std::string_view left, std::string_view operand, std::string_view right);
    explicit NodeConstraint(const model::Constraint& c) : NodeConstraint(c.LTarget, c.Operand, c.RTarget) {}

    bool holds_on(const model::Node& node) { return matcher_.matches(operand_, left_.on(node), right_.on(node)); }
    bool unique() const { return left_.unique() || right_.unique(); }
    const std::string& reason() const { return reason_; }  // as placement metrics name it

private:
    std::string operand_, reason_;
    Target left_, right_;
    Matcher matcher_;
};

}  // namespace drover::scheduler
