#pragma once
// For tests: the recorded answers of a real Nomad, where they are at hand. Without them the tests that need them skip.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "codec/json.h"

namespace drover::model {

inline std::filesystem::path oracle_folder() {
    const char* given = std::getenv("DROVER_ORACLE");
    return given ? given : "../shared/oracle";
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

// Writes where two JSON values differ; 1 equals 1.0.
inline void differences(const codec::Any& want, const codec::Any& got, const std::string& path,
                        std::vector<std::string>& out) {
    using namespace codec;
    const auto text = [](const Any& value) { return to_json(type_of<Any>(), &value).substr(0, 200); };
    const auto number = [](const Any& value) -> std::optional<double> {
        if (auto* i = value.as<int64_t>()) return static_cast<double>(*i);
        if (auto* u = value.as<uint64_t>()) return static_cast<double>(*u);
        if (auto* d = value.as<double>()) return *d;
        return std::nullopt;
    };
    if (auto* a = want.as<AnyMap>()) {
        auto* b = got.as<AnyMap>();
        if (!b) return out.push_back(path + ": want an object, got " + text(got));
        for (const auto& [key, value] : *a) {
            if (auto it = b->find(key); it != b->end()) {
                differences(value, it->second, path + "." + key, out);
            } else {
                out.push_back(path + "." + key + ": missing");
            }
        }
        for (const auto& [key, value] : *b) {
            if (!a->contains(key)) out.push_back(path + "." + key + ": extra");
        }
        return;
    }
    if (auto* a = want.as<AnyList>()) {
        auto* b = got.as<AnyList>();
        if (!b || a->size() != b->size()) return out.push_back(path + ": want " + text(want) + " got " + text(got));
        for (size_t i = 0; i < a->size(); ++i) differences((*a)[i], (*b)[i], path + "[" + std::to_string(i) + "]", out);
        return;
    }
    if (number(want) && number(want) == number(got)) return;
    if (!(want == got)) out.push_back(path + ": want " + text(want) + " got " + text(got));
}

}  // namespace drover::model
