#include "state/commands.h"

#include <gtest/gtest.h>

#include <set>

#include "codec/describe.h"
#include "codec/msgpack.h"

namespace drover::state {
namespace {

// Makes whatever can be in a value and looks whether each part begins as the short form takes for granted.
class Beginnings {
public:
    void look(const codec::TypeInfo& type, void* value, const std::string& path) {
        if (!codec::is_default(type, value)) ADD_FAILURE() << path << " does not begin as the short form expects";
        if (type.kind == codec::Kind::structure && !seen_.insert(&type).second) return;
        if (path.size() > kLongestPath) return;
        switch (type.kind) {
            case codec::Kind::structure:
                for (const codec::FieldInfo& field : type.fields)
                    look(field.type(), codec::member(field, value), path + "." + std::string(field.name));
                break;
            case codec::Kind::list: look(type.element(), type.append(value), path + "[]"); break;
            case codec::Kind::map: look(type.element(), type.insert(value, "key"), path + "{}"); break;
            case codec::Kind::pointer: look(type.element(), type.emplace(value), path + "*"); break;
            default: break;
        }
    }
    size_t structures() const { return seen_.size(); }

private:
    static constexpr size_t kLongestPath = 400;
    std::set<const codec::TypeInfo*> seen_;
};

template <size_t... I>
void look_at_all(Beginnings& beginnings, std::index_sequence<I...>) {
    const auto look = [&]<class C>(C value) {
        const codec::TypeInfo& type = codec::type_of<C>();
        beginnings.look(type, &value, std::string(type.name));
    };
    (look(std::variant_alternative_t<I, Command>()), ...);
}

TEST(Command, what_its_short_form_leaves_out_is_how_every_type_begins) {
    Beginnings beginnings;
    look_at_all(beginnings, std::make_index_sequence<std::variant_size_v<Command>>());
    EXPECT_GT(beginnings.structures(), 100U);
}

TEST(Command, a_full_form_is_read_as_well) {
    command::SetNodeEligibility before;
    before.NodeID = "n";
    std::string bytes(1, static_cast<char>(before.kType));
    codec::append_msgpack(bytes, before);
    EXPECT_GT(bytes.size(), encode(before).size());
    const auto full = decode(bytes), shortened = decode(encode(before));
    ASSERT_TRUE(full && shortened);
    EXPECT_EQ(std::get<command::SetNodeEligibility>(*full).NodeID, "n");
    EXPECT_EQ(encode(*full), encode(*shortened));
}

}  // namespace
}  // namespace drover::state
