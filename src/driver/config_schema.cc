#include "driver/config_schema.h"

#include <cmath>

#include "base/strings.h"

namespace drover::driver {
namespace {

using codec::Any;
using codec::AnyList;
using codec::AnyMap;
using codec::AnyObject;

std::optional<std::string> as_text(const Any& value) {
    if (auto* text = value.as<std::string>()) return *text;
    if (auto* flag = value.as<bool>()) return *flag ? "true" : "false";
    if (auto* number = value.as<int64_t>()) return std::to_string(*number);
    if (auto* number = value.as<uint64_t>()) return std::to_string(*number);
    if (auto* number = value.as<double>()) return format_float(*number);
    return std::nullopt;
}

std::optional<int64_t> as_integer(const Any& value) {
    if (auto* number = value.as<int64_t>()) return *number;
    if (auto* number = value.as<uint64_t>()) return static_cast<int64_t>(*number);
    if (auto* number = value.as<double>(); number && std::abs(*number) < 1e15 && std::trunc(*number) == *number) {
        return static_cast<int64_t>(*number);
    }
    if (auto* text = value.as<std::string>()) return parse_int(*text);
    return std::nullopt;
}

std::optional<bool> as_boolean(const Any& value) {
    if (auto* flag = value.as<bool>()) return *flag;
    if (auto* text = value.as<std::string>(); text && (*text == "true" || *text == "1")) return true;
    if (auto* text = value.as<std::string>(); text && (*text == "false" || *text == "0")) return false;
    return std::nullopt;
}

std::optional<std::vector<std::string>> as_list(const Any& value) {
    auto* items = value.as<AnyList>();
    if (!items) return std::nullopt;
    std::vector<std::string> out;
    for (const Any& item : *items) {
        auto text = as_text(item);
        if (!text) return std::nullopt;
        out.push_back(std::move(*text));
    }
    return out;
}

bool add_entries(const Any& value, Map<std::string>& out) {
    auto* entries = value.as<AnyMap>();
    if (!entries) return false;
    for (const auto& [key, entry] : *entries) {
        auto text = as_text(entry);
        if (!text) return false;
        out[key] = std::move(*text);
    }
    return true;
}

// A map may come as several blocks of the same name: a list of maps, merged.
std::optional<Map<std::string>> as_map(const Any& value) {
    Map<std::string> out;
    auto* blocks = value.as<AnyList>();
    if (!blocks) return add_entries(value, out) ? std::optional(std::move(out)) : std::nullopt;
    for (const Any& block : *blocks) {
        if (!add_entries(block, out)) return std::nullopt;
    }
    return out;
}

std::optional<AnyObject> as_block(const Any& value) {
    const Any* content = &value;
    if (auto* blocks = value.as<AnyList>(); blocks && blocks->size() == 1) content = &blocks->front();
    auto* entries = content->as<AnyMap>();
    if (!entries) return std::nullopt;
    AnyObject out;
    out.made = true;
    for (const auto& [key, entry] : *entries) out[key] = entry;
    return out;
}

std::string_view wanted(OptionType type) {
    switch (type) {
        case OptionType::text: return "string";
        case OptionType::integer: return "number";
        case OptionType::boolean: return "bool";
        case OptionType::duration: return "duration";
        case OptionType::text_list: return "list of string";
        case OptionType::text_map: return "map of string";
        case OptionType::block: return "block";
    }
    return "";
}

bool fits(const Any& value, OptionType type) {
    switch (type) {
        case OptionType::text: return as_text(value).has_value();
        case OptionType::integer: return as_integer(value).has_value();
        case OptionType::boolean: return as_boolean(value).has_value();
        case OptionType::duration: {
            auto text = as_text(value);
            return text && parse_duration(*text).has_value();
        }
        case OptionType::text_list: return as_list(value).has_value();
        case OptionType::text_map: return as_map(value).has_value();
        case OptionType::block: return as_block(value).has_value();
    }
    return false;
}

const Option* find(std::span<const Option> options, std::string_view name) {
    for (const Option& option : options) {
        if (option.name == name) return &option;
    }
    return nullptr;
}

void check(const AnyObject& config, std::span<const Option> options, std::vector<std::string>& problems) {
    for (const auto& [name, value] : config) {
        const Option* option = find(options, name);
        if (!option) {
            problems.push_back("Invalid label: No argument or block type is named " + quote(name) + ".");
        } else if (!value.is_null() && !fits(value, option->type)) {
            problems.push_back("Incorrect attribute value type: Inappropriate value for attribute " + quote(name) +
                               ": " + std::string(wanted(option->type)) + " required.");
        } else if (option->type == OptionType::block && !value.is_null()) {
            check(*as_block(value), option->block, problems);
        }
    }
    for (const Option& option : options) {
        const Any* value = config.get(option.name);
        if (option.required && (!value || value->is_null())) {
            problems.push_back("Missing required argument: The argument " + quote(option.name) +
                               " is required, but no definition was found.");
        }
    }
}

const Any* set_value(const AnyObject& config, std::string_view name) {
    const Any* value = config.get(name);
    return value && !value->is_null() ? value : nullptr;
}

}  // namespace

Result<> check_config(const AnyObject& config, std::span<const Option> options) {
    std::vector<std::string> problems;
    check(config, options, problems);
    if (!problems.empty()) return fail(Error::bad_request(join(problems, "\n")));
    return {};
}

std::string text_option(const AnyObject& config, std::string_view name, std::string_view fallback) {
    const Any* value = set_value(config, name);
    return value ? as_text(*value).value_or(std::string(fallback)) : std::string(fallback);
}

int64_t integer_option(const AnyObject& config, std::string_view name, int64_t fallback) {
    const Any* value = set_value(config, name);
    return value ? as_integer(*value).value_or(fallback) : fallback;
}

bool boolean_option(const AnyObject& config, std::string_view name, bool fallback) {
    const Any* value = set_value(config, name);
    return value ? as_boolean(*value).value_or(fallback) : fallback;
}

Duration duration_option(const AnyObject& config, std::string_view name) {
    auto parsed = parse_duration(text_option(config, name, "0s"));
    return parsed ? *parsed : Duration{};
}

std::vector<std::string> list_option(const AnyObject& config, std::string_view name) {
    const Any* value = set_value(config, name);
    return value ? as_list(*value).value_or(std::vector<std::string>{}) : std::vector<std::string>{};
}

Map<std::string> map_option(const AnyObject& config, std::string_view name) {
    const Any* value = set_value(config, name);
    return value ? as_map(*value).value_or(Map<std::string>{}) : Map<std::string>{};
}

AnyObject block_option(const AnyObject& config, std::string_view name) {
    const Any* value = set_value(config, name);
    return value ? as_block(*value).value_or(AnyObject{}) : AnyObject{};
}

}  // namespace drover::driver
