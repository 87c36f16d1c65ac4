#include "words.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "base/strings.h"

namespace drover::scheduler::cases {
namespace {

constexpr int8_t kDefaultWeight = 50;

template <class T>
T value_of(const std::optional<T>& parsed, std::string_view name, const std::string& text) {
    if (!parsed) throw std::runtime_error(std::string(name) + " is no number: " + text);
    return *parsed;
}

}  // namespace

Words words_of(const std::string& line) {
    Words words;
    std::string word;
    char quoted = 0;
    bool any = false;
    for (char c : line) {
        if (quoted ? c == quoted : c == '"' || c == '\'') {
            quoted = quoted ? 0 : c;
            any = true;
        } else if (c == ' ' && !quoted) {
            if (any) words.push_back(std::exchange(word, {}));
            any = false;
        } else {
            word += c;
            any = true;
        }
    }
    if (any) words.push_back(word);
    return words;
}

std::string pick(const std::string& value, size_t i) {
    if (!has_prefix(value, "{") || !has_suffix(value, "}")) return value;
    const auto parts = split(std::string_view(value).substr(1, value.size() - 2), ',');
    return parts[i % parts.size()];
}

std::vector<std::string> list_of(const std::string& text) {
    return text.empty() ? std::vector<std::string>{} : split(text, ',');
}

Duration duration_of(const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) throw std::runtime_error(duration.error().message);
    return *duration;
}

Options::Options(const Words& words, size_t from) {
    for (size_t i = from; i < words.size(); ++i) {
        const size_t equals = words[i].find('=');
        entries_.emplace_back(words[i].substr(0, equals),
                              equals == std::string::npos ? "true" : words[i].substr(equals + 1));
    }
}

bool Options::has(std::string_view name) const { return !all(name).empty(); }

std::string Options::text(std::string_view name, std::string fallback) const {
    const auto found = all(name);
    return found.empty() ? fallback : found.back();
}

int64_t Options::number(std::string_view name, int64_t fallback) const {
    return has(name) ? value_of(parse_int(text(name)), name, text(name)) : fallback;
}

double Options::real(std::string_view name, double fallback) const {
    return has(name) ? value_of(parse_float(text(name)), name, text(name)) : fallback;
}

Duration Options::duration(std::string_view name, Duration fallback) const {
    return has(name) ? duration_of(text(name)) : fallback;
}

bool Options::flag(std::string_view name, bool fallback) const { return has(name) ? text(name) == "true" : fallback; }

std::vector<std::string> Options::all(std::string_view name) const {
    std::vector<std::string> found;
    for (const auto& [key, value] : entries_) {
        if (key == name) found.push_back(value);
    }
    return found;
}

std::vector<std::pair<std::string, std::string>> Options::under(std::string_view prefix) const {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& [key, value] : entries_) {
        if (has_prefix(key, prefix)) found.emplace_back(key.substr(prefix.size()), value);
    }
    return found;
}

Options Options::of(std::string_view name, char separator) const {
    Options result;
    for (const bool own : {false, true}) {
        for (const auto& [key, value] : entries_) {
            const size_t end = key.find(separator);
            if (!own && end == std::string::npos) result.entries_.emplace_back(key, value);
            if (own && end != std::string::npos && key.substr(0, end) == name)
                result.entries_.emplace_back(key.substr(end + 1), value);
        }
    }
    return result;
}

void Options::add(const Options& more) { entries_.insert(entries_.end(), more.entries_.begin(), more.entries_.end()); }

model::Constraint constraint_of(const std::string& text) {
    const Words words = words_of(text);
    if (words[0] == "distinct_hosts") return {"", words.size() > 1 ? words[1] : "", words[0]};
    if (words[0] == "distinct_property") return {words.at(1), words.size() > 2 ? words[2] : "", words[0]};
    const std::string right = join(Words(words.begin() + std::min<ptrdiff_t>(2, std::ssize(words)), words.end()), " ");
    return {words[0], right, words.at(1)};
}

model::Affinity affinity_of(const std::string& text) {
    const auto parts = split(text, ';');
    const model::Constraint c = constraint_of(parts[0]);
    const int64_t weight = parts.size() > 1 ? *parse_int(parts[1]) : kDefaultWeight;
    return {c.LTarget, c.RTarget, c.Operand, static_cast<int8_t>(weight)};
}

model::Spread spread_of(const std::string& text) {
    const auto parts = split(text, ';');
    model::Spread spread;
    spread.Attribute = parts[0];
    spread.Weight = kDefaultWeight;
    for (size_t i = 1; i < parts.size(); ++i) {
        if (has_prefix(parts[i], "weight=")) {
            spread.Weight = static_cast<int8_t>(*parse_int(parts[i].substr(7)));
            continue;
        }
        const auto target = split(parts[i], ':');
        spread.SpreadTarget.push_back({target[0], static_cast<uint8_t>(*parse_int(target.at(1)))});
    }
    return spread;
}

}  // namespace drover::scheduler::cases
