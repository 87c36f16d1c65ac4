#include <re2/re2.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/regexp.h"
#include "base/strings.h"
#include "model/validate_parts.h"

namespace drover::model::parts {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// What constraints and affinities have in common. `kind` is "constraint" or "affinity".
struct Target {
    const std::string &left, &right, &operand;
    std::string_view kind;
};

void check_right(const Target& t, ErrorList& errors) {
    if (t.operand == "regexp") {
        re2::RE2::Options quiet;
        quiet.set_log_errors(false);
        const re2::RE2 re(t.right, quiet);
        if (!re.ok()) errors.add("Regular expression failed to compile: " + regexp_error(re));
    } else if (t.operand == "version" || t.operand == "semver") {
        const bool semver = t.operand == "semver";
        if (const auto why = version_constraint_error(t.right, semver)) {
            errors.add(std::string(semver ? "Semver " : "Version ") + std::string(t.kind) + " is invalid: " + *why);
        }
    } else if (t.operand == "=" || t.operand == "==" || t.operand == "is" || t.operand == "!=" || t.operand == "not" ||
               is_one_of(t.operand, {"<", "<=", ">", ">="})) {
        if (t.right.empty()) errors.add("Operator " + quote(t.operand) + " requires an RTarget");
    } else if (is_one_of(t.operand, {"set_contains", "set_contains_all", "set_contains_any"})) {
        if (t.right.empty()) {
            errors.add((t.kind == "affinity" ? "Set contains operators require" : "Set contains constraint requires") +
                       std::string(" an RTarget"));
        }
    } else {
        errors.add("Unknown " + std::string(t.kind == "affinity" ? "affinity operator" : "constraint type") + " " +
                   quote(t.operand));
    }
}

// What a constraint may look at of a node or of a device.
bool is_known_reference(std::string_view text) {
    if (!has_prefix(text, "${") || !text.ends_with('}')) return true;
    const std::string_view name = text.substr(2, text.size() - 3);
    static const std::set<std::string_view> kNames = {"node.unique.id", "node.unique.name", "node.datacenter",
                                                      "node.class", "node.pool"};
    for (std::string_view prefix : {"attr.", "meta.", "unique.", "device."}) {
        if (has_prefix(name, prefix)) return true;
    }
    return kNames.contains(name);
}

ErrorList check(const Constraint& c) {
    ErrorList errors;
    if (c.Operand.empty()) errors.add("Missing constraint operand");
    bool needs_left = true;
    if (c.Operand == "distinct_hosts") {
        needs_left = false;
    } else if (c.Operand == "distinct_property") {
        if (!c.RTarget.empty()) {
            if (const auto count = parse_uint(c.RTarget); !count) {
                errors.add("Failed to convert RTarget " + quote(c.RTarget) + " to uint64: strconv.ParseUint: parsing " +
                           quote(c.RTarget) + ": invalid syntax");
            } else if (*count == 0) {
                errors.add("Distinct Property must have an allowed count of 1 or greater: 0 < 1");
            }
        }
    } else if (c.Operand == "is_set" || c.Operand == "is_not_set") {
        if (!c.RTarget.empty()) errors.add("Operator " + quote(c.Operand) + " does not support an RTarget");
    } else if (!c.Operand.empty()) {
        check_right({c.LTarget, c.RTarget, c.Operand, "constraint"}, errors);
    }
    for (const std::string* target : {&c.LTarget, &c.RTarget}) {
        if (!is_known_reference(*target)) errors.add("unknown attribute " + quote(*target));
    }
    if (needs_left && c.LTarget.empty()) errors.add("no attribute provided but is required by operator");
    return errors;
}

ErrorList check(const Affinity& a) {
    ErrorList errors;
    if (a.Operand.empty()) {
        errors.add("Missing affinity operand");
    } else {
        check_right({a.LTarget, a.RTarget, a.Operand, "affinity"}, errors);
    }
    if (a.Weight < -100 || a.Weight > 100) errors.add("Affinity weight must be within the range [-100,100]");
    if (a.Weight == 0) errors.add("Affinity weight cannot be zero");
    return errors;
}

ErrorList check(const Spread& spread) {
    ErrorList errors;
    if (spread.Attribute.empty()) errors.add("Missing spread attribute");
    if (spread.Weight <= 0 || spread.Weight > 100) {
        errors.add("Spread block must have a positive weight from 0 to 100");
    }
    std::set<std::string> seen;
    uint32_t sum = 0;
    for (const SpreadTarget& target : spread.SpreadTarget) {
        if (!seen.insert(target.Value).second) {
            errors.add("Spread target value " + quote(target.Value) + " already defined");
        }
        if (target.Percent > 100) {
            errors.add("Spread target percentage for value " + quote(target.Value) + " must be between 0 and 100");
        }
        sum += target.Percent;
    }
    if (sum > 100) {
        errors.add("Sum of spread target percentages must not be greater than 100%; got " + std::to_string(sum) + "%");
    }
    return errors;
}

template <class T>
void check_all(std::string_view what, const List<T>& items, ErrorList& errors) {
    for (size_t i = 0; i < items.size(); ++i) {
        errors.add(std::string(what) + " " + std::to_string(i + 1) + " validation failed: ", check(items[i]));
    }
}

}  // namespace

void check_constraints(const List<Constraint>& constraints, ErrorList& errors) {
    check_all("Constraint", constraints, errors);
}

void check_affinities(const List<Affinity>& affinities, ErrorList& errors) {
    check_all("Affinity", affinities, errors);
}

void check_spreads(const List<Spread>& spreads, ErrorList& errors) { check_all("Spread", spreads, errors); }

std::optional<std::string> version_constraint_error(std::string_view text, bool semver) {
    static const re2::RE2 kLenient(
        R"(\s*(|=|!=|>|<|>=|<=|~>)\s*v?([0-9]+(\.[0-9]+)*)(-[0-9A-Za-z\-~.]+|[A-Za-z~][0-9A-Za-z\-~.]*)?(\+[0-9A-Za-z\-~.]+)?\s*)");
    static const re2::RE2 kStrict(
        R"(\s*(|=|!=|>|<|>=|<=)\s*v?[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z\-.]+)?(\+[0-9A-Za-z\-.]+)?\s*)");
    for (const std::string& part : split(text, ',')) {
        if (re2::RE2::FullMatch(part, semver ? kStrict : kLenient)) continue;
        return (semver ? "Malformed constraint: " : "malformed constraint: ") + part;
    }
    return std::nullopt;
}

}  // namespace drover::model::parts
