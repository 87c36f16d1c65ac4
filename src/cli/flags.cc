#include "cli/flags.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::cli {
namespace {

using Complaint = std::optional<std::string>;

Complaint read(const std::string& text, bool& target) {
    auto value = parse_bool(text);
    if (!value) return "parse error";
    return target = *value, std::nullopt;
}

Complaint read(const std::string& text, int64_t& target) {
    auto value = parse_int(text);
    if (!value) return "parse error";
    return target = *value, std::nullopt;
}

Complaint read(const std::string& text, Duration& target) {
    auto value = parse_duration(text);
    if (!value) return "parse error";
    return target = *value, std::nullopt;
}

Complaint read(const std::string& text, std::string& target) { return target = text, std::nullopt; }

Complaint read(const std::string& text, std::vector<std::string>& target) {
    return target.push_back(text), std::nullopt;
}

template <class T>
Complaint read(const std::string& text, Opt<T>& target) {
    T value{};
    if (Complaint wrong = read(text, value)) return wrong;
    return target = std::move(value), std::nullopt;
}

}  // namespace

void Flags::insert(std::string name, std::string help, bool is_boolean,
                   std::function<std::optional<std::string>(const std::string&)> set) {
    flags_.push_back({std::move(name), std::move(help), is_boolean, std::move(set)});
}

#define DROVER_FLAG(Type, boolean)                                                   \
    void Flags::add(std::string name, Type& target, std::string help) {              \
        insert(std::move(name), std::move(help), boolean,                            \
               [&target](const std::string& value) { return read(value, target); }); \
    }
DROVER_FLAG(bool, true)
DROVER_FLAG(std::string, false)
DROVER_FLAG(int64_t, false)
DROVER_FLAG(Duration, false)
DROVER_FLAG(std::vector<std::string>, false)
DROVER_FLAG(Opt<bool>, true)
DROVER_FLAG(Opt<std::string>, false)
DROVER_FLAG(Opt<int64_t>, false)
#undef DROVER_FLAG

Flags::Flag* Flags::find(std::string_view name) {
    auto it = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& f) { return f.name == name; });
    return it == flags_.end() ? nullptr : &*it;
}

bool Flags::given(std::string_view name) const {
    return std::any_of(flags_.begin(), flags_.end(), [&](const Flag& f) { return f.name == name && f.given; });
}

Result<> Flags::set(const std::string& name, std::optional<std::string> value, const std::vector<std::string>& words,
                    size_t& at) {
    Flag* flag = find(name);
    if (!flag) {
        if (name == "h" || name == "help") return fail(Error::canceled("help"));
        return fail(Error::bad_request("flag provided but not defined: -" + name));
    }
    if (flag->is_boolean) {
        const std::string text = value.value_or("true");
        if (auto wrong = flag->set(text)) {
            return fail(Error::bad_request("invalid boolean value " + quote(text) + " for -" + name + ": " + *wrong));
        }
    } else {
        if (!value) {
            if (at >= words.size()) return fail(Error::bad_request("flag needs an argument: -" + name));
            value = words[at++];
        }
        if (auto wrong = flag->set(*value)) {
            return fail(Error::bad_request("invalid value " + quote(*value) + " for flag -" + name + ": " + *wrong));
        }
    }
    flag->given = true;
    return {};
}

Result<std::vector<std::string>> Flags::parse(const std::vector<std::string>& words) {
    size_t at = 0;
    while (at < words.size()) {
        const std::string& word = words[at];
        if (word.size() < 2 || word[0] != '-') break;
        ++at;
        if (word == "--") break;
        std::string name = word.substr(word[1] == '-' ? 2 : 1);
        if (name.empty() || name[0] == '-' || name[0] == '=') {
            return fail(Error::bad_request("bad flag syntax: " + word));
        }
        std::optional<std::string> value;
        if (const size_t eq = name.find('='); eq != std::string::npos) {
            value = name.substr(eq + 1);
            name.resize(eq);
        }
        if (auto done = set(name, std::move(value), words, at); !done) return fail(done.error());
    }
    return std::vector<std::string>(words.begin() + static_cast<ptrdiff_t>(at), words.end());
}

std::string Flags::help() const {
    std::vector<const Flag*> sorted;
    for (const Flag& f : flags_) {
        if (!f.help.empty()) sorted.push_back(&f);
    }
    std::sort(sorted.begin(), sorted.end(), [](const Flag* a, const Flag* b) { return a->name < b->name; });
    std::string out;
    for (const Flag* f : sorted) {
        out += "  -" + f->name + (f->is_boolean ? "" : "=<value>") + "\n    " + f->help + "\n\n";
    }
    return out;
}

}  // namespace drover::cli
