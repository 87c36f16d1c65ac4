#pragma once
// Flags as Go's flag package takes them, because scripts are written for it: -name and --name alike, a value behind =
// or in the next word, booleans with a value only behind =, flags end at the first positional argument or at --. Errors
// in its words.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers.h"
#include "base/result.h"
#include "base/time.h"

namespace drover::cli {

class Flags {
public:
    // Each flag writes into its target, which holds the default. `help` is one sentence for the command's help.
    void add(std::string name, bool& target, std::string help = "");
    void add(std::string name, std::string& target, std::string help = "");
    void add(std::string name, int64_t& target, std::string help = "");
    void add(std::string name, Duration& target, std::string help = "");
    void add(std::string name, std::vector<std::string>& target, std::string help = "");  // repeatable
    void add(std::string name, Opt<bool>& target, std::string help = "");  // a value that tells "not given"
    void add(std::string name, Opt<std::string>& target, std::string help = "");
    void add(std::string name, Opt<int64_t>& target, std::string help = "");

    // Fills the targets; answers the positional arguments. ErrorCode::canceled when help was asked for.
    Result<std::vector<std::string>> parse(const std::vector<std::string>& words);

    bool given(std::string_view name) const;  // whether the flag stood on the line
    std::string help() const;                 // a paragraph for each flag that has help, sorted

private:
    struct Flag {
        std::string name;
        std::string help;
        bool is_boolean = false;
        std::function<std::optional<std::string>(const std::string& value)> set;  // what is wrong with the value
        bool given = false;
    };
    void insert(std::string name, std::string help, bool is_boolean,
                std::function<std::optional<std::string>(const std::string&)> set);
    Flag* find(std::string_view name);
    Result<> set(const std::string& name, std::optional<std::string> value, const std::vector<std::string>& words,
                 size_t& at);

    std::vector<Flag> flags_;
};

}  // namespace drover::cli
