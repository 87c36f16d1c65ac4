#pragma once
// The free-form `config` block of a task, or of a plugin, held against what the driver takes. Values are converted as
// the language of job specifications does: a number where text is wanted becomes its digits, "true" a boolean. Pure
// functions.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers.h"
#include "base/result.h"
#include "base/time.h"
#include "codec/any.h"

namespace drover::driver {

enum class OptionType { text, integer, boolean, duration, text_list, text_map, block };

struct Option {
    std::string_view name;
    OptionType type = OptionType::text;
    bool required = false;
    std::span<const Option> block = {};  // of a block's content
};

// An error names every unknown, missing or ill-typed option, one a line.
Result<> check_config(const codec::AnyObject& config, std::span<const Option> options);

// Of a config that check_config accepted: the option's value, or the fallback if it is not set.
std::string text_option(const codec::AnyObject& config, std::string_view name, std::string_view fallback = "");
int64_t integer_option(const codec::AnyObject& config, std::string_view name, int64_t fallback);
bool boolean_option(const codec::AnyObject& config, std::string_view name, bool fallback);
Duration duration_option(const codec::AnyObject& config, std::string_view name);
std::vector<std::string> list_option(const codec::AnyObject& config, std::string_view name);
Map<std::string> map_option(const codec::AnyObject& config, std::string_view name);
// A block given once; null if absent.
codec::AnyObject block_option(const codec::AnyObject& config, std::string_view name);

}  // namespace drover::driver
