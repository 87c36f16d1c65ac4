#include "scheduler/device_value.h"

#include <algorithm>

#include "base/strings.h"
#include "scheduler/constraint.h"

namespace drover::scheduler {
namespace {

enum class Measure { bytes, byte_rate, frequency, power };

}  // namespace

struct DeviceValue::Unit {
    std::string_view name;
    Measure measure;
    double size;  // in the smallest unit of the measure
};

namespace {

constexpr double kKi = 1024, kMi = kKi * 1024, kGi = kMi * 1024, kTi = kGi * 1024, kPi = kTi * 1024, kEi = kPi * 1024;
constexpr double kK = 1e3, kM = 1e6, kG = 1e9, kT = 1e12, kP = 1e15, kE = 1e18;

constexpr DeviceValue::Unit kUnits[] = {
    {"KiB", Measure::bytes, kKi},       {"MiB", Measure::bytes, kMi},       {"GiB", Measure::bytes, kGi},
    {"TiB", Measure::bytes, kTi},       {"PiB", Measure::bytes, kPi},       {"EiB", Measure::bytes, kEi},
    {"kB", Measure::bytes, kK},         {"KB", Measure::bytes, kK},         {"MB", Measure::bytes, kM},
    {"GB", Measure::bytes, kG},         {"TB", Measure::bytes, kT},         {"PB", Measure::bytes, kP},
    {"EB", Measure::bytes, kE},         {"KiB/s", Measure::byte_rate, kKi}, {"MiB/s", Measure::byte_rate, kMi},
    {"GiB/s", Measure::byte_rate, kGi}, {"TiB/s", Measure::byte_rate, kTi}, {"PiB/s", Measure::byte_rate, kPi},
    {"EiB/s", Measure::byte_rate, kEi}, {"kB/s", Measure::byte_rate, kK},   {"KB/s", Measure::byte_rate, kK},
    {"MB/s", Measure::byte_rate, kM},   {"GB/s", Measure::byte_rate, kG},   {"TB/s", Measure::byte_rate, kT},
    {"PB/s", Measure::byte_rate, kP},   {"EB/s", Measure::byte_rate, kE},   {"MHz", Measure::frequency, 1},
    {"GHz", Measure::frequency, kK},    {"mW", Measure::power, 1},          {"W", Measure::power, kK},
    {"kW", Measure::power, kM},         {"MW", Measure::power, kG},         {"GW", Measure::power, kT},
};

const DeviceValue::Unit* maybe_unit(std::string_view name) {
    const auto* found =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const auto& u) { return u.name == name; });
    return found == std::end(kUnits) ? nullptr : found;
}

// The longest one: "mW" ends in "W" too.
const DeviceValue::Unit* maybe_unit_at_end(std::string_view text) {
    const DeviceValue::Unit* longest = nullptr;
    for (const DeviceValue::Unit& unit : kUnits) {
        if (has_suffix(text, unit.name) && (!longest || unit.name.size() > longest->name.size())) longest = &unit;
    }
    return longest;
}

template <class T>
int order(const T& a, const T& b) {
    return a < b ? -1 : a > b;
}

std::string written_of(const codec::Any& value) {
    if (const auto* text = value.as<std::string>()) return *text;
    if (const auto* number = value.as<int64_t>()) return std::to_string(*number);
    if (const auto* number = value.as<uint64_t>()) return std::to_string(*number);
    if (const auto* number = value.as<double>()) return format_float(*number);
    if (const auto* flag = value.as<bool>()) return *flag ? "true" : "false";
    return {};
}

}  // namespace

DeviceValue DeviceValue::of_text(std::string text) { return {text, nullptr, text}; }

DeviceValue DeviceValue::of_literal(std::string_view literal) {
    const std::string written(literal);
    const Unit* unit = maybe_unit_at_end(literal);
    const std::string number(trim(literal.substr(0, literal.size() - (unit ? unit->name.size() : 0))));
    if (const auto whole = parse_int(number)) return {*whole, unit, written};
    if (const auto real = parse_float(number)) return {*real, unit, written};
    if (literal == "true" || literal == "false") return {literal == "true", nullptr, written};
    return of_text(written);
}

DeviceValue DeviceValue::of_attribute(const codec::Any& attribute) {
    const codec::Any* value = &attribute;
    const codec::Any* unit_name = attribute.member("Unit");
    for (std::string_view kind : {"String", "Int", "Float", "Bool"}) {
        const codec::Any* member = attribute.member(kind);
        if (!member || member->is_null()) continue;
        value = member;
        break;
    }
    const Unit* unit = unit_name && unit_name->as<std::string>() ? maybe_unit(*unit_name->as<std::string>()) : nullptr;
    std::string written = written_of(*value);
    if (const auto* number = value->as<int64_t>()) return {*number, unit, std::move(written)};
    if (const auto* number = value->as<uint64_t>()) return {static_cast<int64_t>(*number), unit, std::move(written)};
    if (const auto* number = value->as<double>()) return {*number, unit, std::move(written)};
    if (const auto* flag = value->as<bool>()) return {*flag, nullptr, std::move(written)};
    return of_text(std::move(written));
}

std::optional<double> DeviceValue::amount() const {
    const double size = maybe_unit_ ? maybe_unit_->size : 1;
    if (const auto* whole = std::get_if<int64_t>(&value_)) return static_cast<double>(*whole) * size;
    if (const auto* real = std::get_if<double>(&value_)) return *real * size;
    return std::nullopt;
}

std::optional<int> DeviceValue::compare(const DeviceValue& other) const {
    const auto a = amount(), b = other.amount();
    if (a && b) {
        if (bool(maybe_unit_) != bool(other.maybe_unit_)) return std::nullopt;
        if (maybe_unit_ && maybe_unit_->measure != other.maybe_unit_->measure) return std::nullopt;
        const bool exact = is_integer() && other.is_integer() && maybe_unit_ == other.maybe_unit_;
        return exact ? order(std::get<int64_t>(value_), std::get<int64_t>(other.value_)) : order(*a, *b);
    }
    if (value_.index() != other.value_.index()) return std::nullopt;
    return order(value_, other.value_);
}

bool device_rule_holds(std::string_view operand, const std::optional<DeviceValue>& left,
                       const std::optional<DeviceValue>& right) {
    if (operand == "is_set") return left.has_value();
    if (operand == "is_not_set") return !left.has_value();
    const bool differs = operand == "!=" || operand == "not";
    if (!left || !right) return differs && (left || right);
    if (differs || operand == "=" || operand == "==" || operand == "is") {
        const auto order = left->compare(*right);
        return order && (*order == 0) != differs;
    }
    if (operand == "<" || operand == "<=" || operand == ">" || operand == ">=") {
        const auto order = left->has_order() ? left->compare(*right) : std::nullopt;
        if (!order) return false;
        if (operand == "<") return *order < 0;
        if (operand == "<=") return *order <= 0;
        return operand == ">" ? *order > 0 : *order >= 0;
    }
    // The others are about texts; a version may be a whole number too.
    if (!left->is_text() && !(operand == "version" && left->is_integer())) return false;
    return Matcher().matches(operand, left->written(), right->written());
}

}  // namespace drover::scheduler
