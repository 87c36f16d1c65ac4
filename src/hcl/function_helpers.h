#pragma once
// What the files of functions have in common. Inside the room only. Arguments arrive converted to their parameters'
// types, known, and not null unless the parameter says otherwise.

#include <span>
#include <string>
#include <string_view>

#include "hcl/convert.h"
#include "hcl/functions.h"

namespace drover::hcl {

using Arguments = std::span<const Value>;

inline constexpr size_t kMaxText = 4u << 20;  // bytes that one call may produce

// Where `part` begins in `text` at `from` or behind it, or npos, in the time of both lengths.
size_t find_text(std::string_view text, std::string_view part, size_t from);

inline tl::unexpected<FunctionError> refuse(std::string message) {
    return tl::unexpected<FunctionError>({std::move(message), -1});
}
inline tl::unexpected<FunctionError> refuse_argument(int index, std::string message) {
    return tl::unexpected<FunctionError>({std::move(message), index});
}

// A whole number of 64 bits; the error says so.
inline tl::expected<int64_t, std::string> whole_number(const Value& value) {
    return to_integer(value, INT64_MIN, INT64_MAX);
}

inline Parameter text_parameter(std::string name) { return {std::move(name), Type::string()}; }
inline Parameter number_parameter(std::string name) { return {std::move(name), Type::number()}; }
inline Parameter any_parameter(std::string name, bool allow_null = false) {
    return {std::move(name), Type::dynamic(), allow_null};
}

using Call = std::function<FunctionResult(Arguments)>;
inline Function function(std::vector<Parameter> parameters, Call call) {
    return {std::move(parameters), std::nullopt, std::move(call), nullptr};
}
inline Function variadic(std::vector<Parameter> parameters, Parameter rest, Call call) {
    return {std::move(parameters), std::move(rest), std::move(call), nullptr};
}

// A list if the elements agree on a type, else a tuple.
Value list_or_tuple(Value::Sequence elements);

// Each family adds its functions to the table.
void add_number_functions(FunctionTable& table);
void add_string_functions(FunctionTable& table);
void add_format_functions(FunctionTable& table);
void add_collection_functions(FunctionTable& table);
void add_set_functions(FunctionTable& table);
void add_encoding_functions(FunctionTable& table);
void add_yaml_functions(FunctionTable& table);
void add_hash_functions(FunctionTable& table, const FunctionEnvironment& environment);
void add_date_functions(FunctionTable& table);
void add_network_functions(FunctionTable& table);
void add_file_functions(FunctionTable& table, const FunctionEnvironment& environment);
void add_expression_functions(FunctionTable& table);

// What a call costs where the function says nothing else; and the functions of the table that do.
CallCost default_cost(Arguments arguments);
void set_costs(FunctionTable& table);

// JSON as HCL's functions read and write it.
tl::expected<std::string, std::string> json_text(const Value& value);
tl::expected<Value, std::string> json_value(std::string_view text);

std::string base64_text(std::string_view bytes);
bool base64_bytes(std::string_view text, std::string& out);

}  // namespace drover::hcl
