#include "scheduler/constraint.h"

#include <algorithm>

#include <re2/re2.h>

#include "base/strings.h"

namespace drover::scheduler {
namespace {

constexpr std::string_view kAttribute = "attr.";
constexpr std::string_view kMeta = "meta.";
constexpr int64_t kMaxPatternBytes = 1 << 20;

template <class T>
bool compare(std::string_view operand, const T& a, const T& b) {
    if (operand == "<") return a < b;
    if (operand == "<=") return a <= b;
    if (operand == ">") return a > b;
    return a >= b;
}

// Numbers if both sides are, else text.
bool ordered(std::string_view operand, std::string_view left, std::string_view right) {
    if (auto a = parse_int(left), b = parse_int(right); a && b) return compare(operand, *a, *b);
    if (auto a = parse_float(left), b = parse_float(right); a && b) return compare(operand, *a, *b);
    return compare(operand, left, right);
}

bool has_item(const std::vector<std::string>& items, std::string_view wanted) {
    return std::any_of(items.begin(), items.end(), [&](const std::string& item) { return trim(item) == wanted; });
}

bool contains_all(std::string_view left, std::string_view right) {
    const auto have = split(left, ','), want = split(right, ',');
    return std::all_of(want.begin(), want.end(), [&](const std::string& item) { return has_item(have, trim(item)); });
}

bool contains_any(std::string_view left, std::string_view right) {
    const auto have = split(left, ','), want = split(right, ',');
    return std::any_of(want.begin(), want.end(), [&](const std::string& item) { return has_item(have, trim(item)); });
}

std::optional<std::string_view> value_of(const Map<std::string>& map, const std::string& key) {
    const std::string* value = map.get(key);
    return value ? std::optional<std::string_view>(*value) : std::nullopt;
}

}  // namespace

Target::Target(std::string_view text) {
    if (!has_prefix(text, "${")) {
        kind_ = Kind::literal;
        key_ = text;
        return;
    }
    std::string_view name = text.substr(2);
    if (has_suffix(name, "}")) name.remove_suffix(1);
    unique_ = has_prefix(name, "node.unique.") || has_prefix(name, "attr.unique.") ||
              has_prefix(name, "meta.unique.") || has_prefix(name, "unique.");
    static constexpr std::pair<std::string_view, Kind> kNames[] = {
        {"node.unique.id", Kind::node_id}, {"node.unique.name", Kind::node_name}, {"node.datacenter", Kind::datacenter},
        {"node.class", Kind::node_class},  {"node.pool", Kind::node_pool},
    };
    for (const auto& [known, kind] : kNames) {
        if (name == known) kind_ = kind;
    }
    if (has_prefix(name, kAttribute)) {
        kind_ = Kind::attribute;
        key_ = name.substr(kAttribute.size());
    } else if (has_prefix(name, kMeta)) {
        kind_ = Kind::meta;
        key_ = name.substr(kMeta.size());
    }
}

std::optional<std::string_view> Target::on(const model::Node& node) const {
    switch (kind_) {
        case Kind::literal: return key_;
        case Kind::attribute: return value_of(node.Attributes, key_);
        case Kind::meta: return value_of(node.Meta, key_);
        case Kind::node_id: return node.ID;
        case Kind::node_name: return node.Name;
        case Kind::datacenter: return node.Datacenter;
        case Kind::node_class: return node.NodeClass;
        case Kind::node_pool: return node.NodePool;
        case Kind::unknown: break;
    }
    return std::nullopt;
}

Matcher::Matcher() = default;
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

bool Matcher::regexp(std::string_view left, std::string_view right) {
    if (!pattern_ || pattern_text_ != right) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(kMaxPatternBytes);
        pattern_text_ = right;
        pattern_ = std::make_unique<re2::RE2>(pattern_text_, options);
    }
    return pattern_->ok() && re2::RE2::PartialMatch(re2::StringPiece(left.data(), left.size()), *pattern_);
}

bool Matcher::version(std::string_view left, std::string_view right, VersionRules rules) {
    if (!versions_ || version_text_ != right) {
        version_text_ = right;
        versions_ = VersionConstraints::parse(right, rules);
    }
    if (!versions_) return false;
    const auto version = parse_version(left, rules);
    return version && versions_->match(*version);
}

bool Matcher::matches(std::string_view operand, std::optional<std::string_view> left,
                      std::optional<std::string_view> right) {
    if (operand == "is_set") return left.has_value();
    if (operand == "is_not_set") return !left.has_value();
    if (operand == "!=" || operand == "not") return left != right;
    if (!left || !right) return false;
    if (operand == "=" || operand == "==" || operand == "is") return *left == *right;
    if (operand == "<" || operand == "<=" || operand == ">" || operand == ">=") return ordered(operand, *left, *right);
    if (operand == "regexp") return regexp(*left, *right);
    if (operand == "version") return version(*left, *right, VersionRules::lenient);
    if (operand == "semver") return version(*left, *right, VersionRules::semver);
    if (operand == "set_contains" || operand == "set_contains_all") return contains_all(*left, *right);
    if (operand == "set_contains_any") return contains_any(*left, *right);
    return false;
}

bool is_distinct_hosts(const model::Constraint& constraint) { return constraint.Operand == "distinct_hosts"; }
bool is_distinct_property(const model::Constraint& constraint) { return constraint.Operand == "distinct_property"; }

NodeConstraint::NodeConstraint(std::string_view left, std::string_view operand, std::string_view right)
    : operand_(operand), left_(left), right_(right) {
    reason_.append(left).append(" ").append(operand).append(" ").append(right);
}

}  // namespace drover::scheduler
