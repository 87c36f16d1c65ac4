// Replays the recorded answers that concern the language alone: syntax errors, and values of expressions in `meta` and
// `config`. The recordings are found by DROVER_ORACLE, or beside the repository; without them these tests are skipped.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/strings.h"
#include "hcl/convert.h"
#include "hcl/format.h"
#include "hcl/function_helpers.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

namespace fs = std::filesystem;
using Kind = Type::Kind;

fs::path oracle() {
    const char* given = std::getenv("DROVER_ORACLE");
    return fs::path(given ? given : "../shared/oracle") / "jobspec";
}

std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<fs::path> files_in(const char* folder, const std::string& suffix) {
    std::vector<fs::path> out;
    std::error_code code;
    for (fs::directory_iterator it(oracle() / folder, code), end; !code && it != end; it.increment(code)) {
        if (has_suffix(it->path().string(), suffix)) out.push_back(it->path());
    }
    std::sort(out.begin(), out.end());
    return out;
}

Value expected_answer(const fs::path& source) {
    std::string name = source.filename().string();
    name = name.substr(0, name.find('.'));
    return json_value(slurp(oracle() / "expected" / (name + ".json"))).value_or(Value());
}

const Value* member(const Value& value, std::string_view name) {
    if (value.is_null() || !value.is(Kind::object)) return nullptr;
    auto it = value.as_entries().find(name);
    return it == value.as_entries().end() || it->second.is_null() ? nullptr : &it->second;
}

// Same content, whatever kind of sequence or mapping holds it; numbers as JSON readers see them.
bool alike(const Value& a, const Value& b) {
    if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
    if (a.is(Kind::number) && b.is(Kind::number)) return a.as_number().to_double() == b.as_number().to_double();
    if (a.type().is_sequence() && b.type().is_sequence()) {
        return std::equal(a.as_sequence().begin(), a.as_sequence().end(), b.as_sequence().begin(),
                          b.as_sequence().end(), alike);
    }
    if (a.type().is_keyed() && b.type().is_keyed()) {
        return std::equal(a.as_entries().begin(), a.as_entries().end(), b.as_entries().begin(), b.as_entries().end(),
                          [](const auto& x, const auto& y) { return x.first == y.first && alike(x.second, y.second); });
    }
    return a.identical(b);
}

class JobCase {
public:
    explicit JobCase(const std::string& text) {
        body_ = parse_native(std::make_shared<const Source>(Source{"input.hcl", to_valid_utf8(text)}), diags_);
        context_.functions = standard_functions({&rng_, false, ""});
        context_.unknown_root = reference_text;
        Value::Entries variables;
        for (const Block& block : body_->blocks()) {
            const Attribute* given =
                block.type == "variable" ? block.body->native()->find_attribute("default") : nullptr;
            if (!given) continue;
            Value value = given->expr->evaluate(context_, diags_);
            const Attribute* type = block.body->native()->find_attribute("type");
            auto wanted = type ? parse_type(*type->expr, false, diags_) : Type::dynamic();
            variables.insert_or_assign(block.labels.at(0),
                                       convert(value, wanted.value_or(Type::dynamic())).value_or(value));
        }
        context_.variables["var"] = Value::object(variables);
        add_locals();
    }

    const Block* find(const Body& body, std::string_view type) {
        for (const Block& block : body.native()->blocks()) {
            if (block.type == type) return &block;
        }
        return nullptr;
    }

    const Body& file() const { return *body_; }
    EvalContext& context() { return context_; }
    Diagnostics& diags() { return diags_; }

private:
    // In whatever order they are: each round finds those whose references the round before has found.
    void add_locals() {
        Value::Entries locals;
        Diagnostics last;
        for (int round = 0; round < 5; ++round) {
            context_.variables["local"] = Value::object(locals);
            last.clear();
            for (const Block& block : body_->blocks()) {
                if (block.type != "locals") continue;
                for (const Attribute& attribute : block.body->native()->attributes()) {
                    locals.insert_or_assign(attribute.name, attribute.expr->evaluate(context_, last));
                }
            }
        }
        diags_.append(last);
    }

    SeededRng rng_{7};
    EvalContext context_;
    Diagnostics diags_;
    std::shared_ptr<const NativeBody> body_;
};

TEST(Oracle, syntax_errors_read_as_recorded) {
    auto files = files_in("invalid", ".nomad.hcl");
    if (files.empty()) GTEST_SKIP() << "no recordings";
    int seen = 0;
    for (const fs::path& path : files) {
        std::string name = path.filename().string();
        Diagnostics diags;
        parse_file("input.hcl", to_valid_utf8(slurp(path)), diags);
        if (!diags.has_errors()) {
            EXPECT_NE(name.substr(3, 8), "-syntax-") << name;
            continue;
        }
        ++seen;
        Value answer = expected_answer(path);
        const Value* recorded = member(answer, "error");
        ASSERT_NE(recorded, nullptr) << name;
        std::string error = recorded->as_string();
        error = error.substr(std::min(error.find("input.hcl:"), error.size()));
        EXPECT_TRUE(error == diags.brief() || error == diags.lines())
            << name << "\n  recorded " << error << "\n  ours     " << diags.lines();
    }
    EXPECT_GT(seen, 30);
}

TEST(Oracle, meta_and_config_expressions_give_the_recorded_values) {
    auto files = files_in("valid", ".nomad.hcl");
    if (files.empty()) GTEST_SKIP() << "no recordings";
    int compared = 0;
    for (const fs::path& path : files) {
        std::string name = path.filename().string();
        std::string text = slurp(path);
        if (has_prefix(text, "{")) continue;
        JobCase job(text);
        const Block* block = job.find(job.file(), "job");
        Value answer = expected_answer(path);
        const Value* recorded = member(answer, "job");
        if (fs::exists(oracle() / "vars" / (name.substr(0, name.find('.')) + ".json"))) continue;
        ASSERT_NE(block, nullptr) << name << job.diags().lines();
        EXPECT_EQ(job.diags().lines(), "") << name;
        if (!recorded || !recorded->is(Kind::object)) continue;
        const Attribute* meta = block->body->native()->find_attribute("meta");
        const Value* expected_meta = member(*recorded, "Meta");
        if (meta && expected_meta && meta->expr->as_object()) {
            Value values = meta->expr->evaluate(job.context(), job.diags());
            auto strings = convert(values, Type::map(Type::string()));
            EXPECT_EQ(job.diags().lines(), "") << name;
            if (!strings || !strings->is_known()) {
                ADD_FAILURE() << name << ": meta is no map of strings";
                continue;
            }
            for (const auto& [key, value] : strings->as_entries()) {
                const Value* wanted = member(*expected_meta, key);
                ++compared;
                if (!wanted) {
                    ADD_FAILURE() << name << ": " << key << " is not recorded";
                } else {
                    EXPECT_EQ(value.as_string(), wanted->as_string()) << name << ": " << key;
                }
            }
        }
        const Block* group = job.find(*block->body, "group");
        const Block* task = group ? job.find(*group->body, "task") : nullptr;
        const Block* config = task ? job.find(*task->body, "config") : nullptr;
        const Value* groups = member(*recorded, "TaskGroups");
        const Value* tasks = groups && groups->size() == 1 ? member(groups->as_sequence()[0], "Tasks") : nullptr;
        const Value* expected_config = tasks ? member(tasks->as_sequence()[0], "Config") : nullptr;
        if (!config || !expected_config) continue;
        for (const Attribute& attribute : config->body->native()->attributes()) {
            if (attribute.expr->as_object()) continue;  // the mapping of jobs makes lists of these
            Value value = attribute.expr->evaluate(job.context(), job.diags());
            EXPECT_EQ(job.diags().lines(), "") << name << ": " << attribute.name;
            if (value.is_null()) continue;
            const Value* wanted = member(*expected_config, attribute.name);
            ++compared;
            if (!wanted) {
                ADD_FAILURE() << name << ": " << attribute.name << " is not recorded";
                continue;
            }
            EXPECT_TRUE(alike(value, *wanted))
                << name << ": " << attribute.name << " is " << json_text(value).value_or("?") << ", recorded "
                << json_text(*wanted).value_or("?");
        }
    }
    EXPECT_GT(compared, 300);
}

TEST(Oracle, formatter_writes_what_was_recorded) {
    auto files = files_in("fmt", ".in.hcl");
    if (files.empty()) GTEST_SKIP() << "no recordings";
    for (const fs::path& path : files) {
        std::string out = path.string();
        out.replace(out.size() - 7, 7, ".out.hcl");
        EXPECT_EQ(format(slurp(path)), slurp(out)) << path.filename();
        EXPECT_EQ(format(slurp(out)), slurp(out)) << path.filename() << " again";
    }
}

}  // namespace
}  // namespace drover::hcl
