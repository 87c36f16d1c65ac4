#pragma once
// Conversion between HCL's types, as the language does it by itself when a value meets a type constraint. Never changes
// its input. The errors are sentences without a subject: "a number is required", "string required, but have tuple".

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "hcl/value.h"

namespace drover::hcl {

using Converted = tl::expected<Value, std::string>;

// Dynamic parts of the wanted type take what comes. Null becomes null of the type, unknown becomes unknown of it.
Converted convert(const Value& value, const Type& wanted);

// Whether some values of a type can be converted.
bool convertible(const Type& from, const Type& to);

// Why values of a type can never be converted.
std::string mismatch(const Type& from, const Type& to);

// The type that values of all these types can be converted to, or nothing.
std::optional<Type> unify(const std::vector<Type>& types);

// Equality as the == operator has it: values of different types are unequal. Unknown operands: nothing.
std::optional<bool> equal(const Value& a, const Value& b);

// A number as a string, or nothing if it has absurdly many digits.
std::optional<std::string> number_text(const Number& number);

// Whole numbers for fields of fixed width. The error names the range as users know it: "value must be a whole number,
// between -128 and 127", "..., between 0 and 65535 inclusive". Null and unknown: "null value is not allowed", "value
// must be known".
tl::expected<int64_t, std::string> to_integer(const Value& value, int64_t low, int64_t high);
tl::expected<uint64_t, std::string> to_unsigned(const Value& value, uint64_t high);
tl::expected<std::string, std::string> to_text(const Value& value);
tl::expected<bool, std::string> to_bool(const Value& value);
tl::expected<double, std::string> to_float(const Value& value);

}  // namespace drover::hcl
