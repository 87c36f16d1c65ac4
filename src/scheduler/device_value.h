#pragma once
// Values of device attributes, and of what constraints compare them with: of a kind, and numbers perhaps of a unit
// ("11264 MiB"). Values; any thread; nothing fails: what is no number is text.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "model/node.h"

namespace drover::scheduler {

class DeviceValue {
public:
    static DeviceValue of_text(std::string text);  // text, whatever it looks like
    // As a constraint writes it: a number with or without a unit, `true`, `false`, or text.
    static DeviceValue of_literal(std::string_view literal);
    // As a device reports it: a map of one value and perhaps its unit, or the bare value.
    static DeviceValue of_attribute(const codec::Any& attribute);

    // Below zero, zero or above, as of this and the other. Nothing: they are of different kinds, or of units that do
    // not measure the same.
    std::optional<int> compare(const DeviceValue& other) const;
    bool has_order() const { return !std::holds_alternative<bool>(value_); }

    bool is_text() const { return std::holds_alternative<std::string>(value_); }
    bool is_integer() const { return std::holds_alternative<int64_t>(value_); }
    const std::string& written() const { return written_; }

    struct Unit;

private:
    using Value = std::variant<std::string, int64_t, double, bool>;
    DeviceValue(Value value, const Unit* maybe_unit, std::string written)
        : value_(std::move(value)), maybe_unit_(maybe_unit), written_(std::move(written)) {}
    std::optional<double> amount() const;  // in the smallest unit of its kind; of numbers

    Value value_;
    const Unit* maybe_unit_ = nullptr;
    std::string written_;
};

// Whether the operand of a device constraint holds between its sides. Nothing: that side was not found.
bool device_rule_holds(std::string_view operand, const std::optional<DeviceValue>& left,
                       const std::optional<DeviceValue>& right);

}  // namespace drover::scheduler
