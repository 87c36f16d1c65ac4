// Runs the texts in cases/: each sets up clusters and jobs, and shows what the scheduler makes of them. With
// DROVER_REWRITE=1 in the environment the expected parts are written again.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "tables.h"
#include "transcript.h"

namespace drover::scheduler::cases {
namespace {

constexpr std::string_view kArrow = " -> ";
constexpr size_t kLeastCases = 400;

// A file's lines before its first `case` begin each of its cases.
class Replay {
public:
    std::string run(std::istream& input) {
        std::string line, output;
        while (std::getline(input, line)) {
            if (has_prefix(line, "  ")) continue;  // what was expected
            output += line.empty() || line[0] == '#' ? line + "\n" : step(line);
        }
        return output;
    }
    size_t cases() const { return cases_; }

private:
    std::string step(const std::string& line) {
        if (has_prefix(line, "case ")) {
            begun_ = true;
            transcript_ = std::make_unique<Transcript>();
            for (const std::string& earlier : preamble_) transcript_->run(earlier);
            return line + "\n";
        }
        const std::string question = line.substr(0, line.rfind(kArrow));
        if (const auto result = answer(question)) {
            ++cases_;
            return question + std::string(kArrow) + *result + "\n";
        }
        if (!begun_) preamble_.push_back(line);
        cases_ += has_prefix(line, "evaluate ");
        return line + "\n" + transcript_->run(line);
    }

    std::unique_ptr<Transcript> transcript_ = std::make_unique<Transcript>();
    std::vector<std::string> preamble_;
    bool begun_ = false;
    size_t cases_ = 0;
};

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(Cases, texts_show_what_the_scheduler_does) {
    const std::filesystem::path folder = "tests/scheduler/cases";  // tests run in the root of the tree
    const bool rewrite = std::getenv("DROVER_REWRITE") != nullptr;
    size_t cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".txt") continue;
        const std::string expected = read(entry.path());
        std::istringstream input(expected);
        Replay replay;
        std::string actual;
        try {
            actual = replay.run(input);
        } catch (const std::exception& error) {
            ADD_FAILURE() << entry.path() << ": " << error.what();
            continue;
        }
        cases += replay.cases();
        if (rewrite) {
            std::ofstream(entry.path()) << actual;
        } else {
            EXPECT_EQ(actual, expected) << entry.path();
        }
    }
    std::printf("%zu cases\n", cases);
    EXPECT_GE(cases, kLeastCases);
}

}  // namespace
}  // namespace drover::scheduler::cases
