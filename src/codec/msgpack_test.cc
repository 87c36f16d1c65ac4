#include "codec/msgpack.h"

#include <gtest/gtest.h>

#include "codec/describe.h"

namespace drover::codec {
namespace {

struct Inner {
    int64_t Count = 0;
    List<std::string> Tags;
};
struct Outer : Inner {
    std::string Name;
    Opt<bool> Flag;
    Box<Inner> Child;
    Map<Inner> Children;
    Time At;
    Bytes Raw;
    Any Free;
};
struct Numbered {
    std::string Status;
    int64_t Next = 0;
};
DECLARE_TYPE(Numbered);
constexpr std::string_view kStatus[] = {"none", "alive", "left"};
DESCRIBE(Numbered, FIELD(Status).numbered_on_wire(kStatus), FIELD(Next));
DECLARE_TYPE(Inner);
DECLARE_TYPE(Outer);
DESCRIBE(Inner, FIELD(Count), FIELD(Tags));
DESCRIBE(Outer, FIELD(Name), EMBED(Inner), FIELD(Flag), FIELD(Child), FIELD(Children), FIELD(At), FIELD(Raw),
         FIELD(Free));

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        char buffer[4];
        std::snprintf(buffer, sizeof buffer, "%02x", static_cast<unsigned char>(c));
        out += buffer;
    }
    return out;
}

TEST(Msgpack, writes_integers_as_go_does) {
    EXPECT_EQ(hex(to_msgpack(int64_t{127})), "7f");
    EXPECT_EQ(hex(to_msgpack(int64_t{200})), "d100c8");
    EXPECT_EQ(hex(to_msgpack(uint64_t{200})), "ccc8");
    EXPECT_EQ(hex(to_msgpack(int64_t{-32})), "e0");
    EXPECT_EQ(hex(to_msgpack(int64_t{-33})), "d0df");
    EXPECT_EQ(hex(to_msgpack(int64_t{INT64_MIN})), "d38000000000000000");
}

TEST(Msgpack, a_text_may_be_a_number_on_the_wire) {
    const std::string bytes = to_msgpack(Numbered{"left", 7});
    EXPECT_EQ(hex(bytes), "82a653746174757302a44e65787407");
    const auto read = from_msgpack<Numbered>(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->Status, "left");
    EXPECT_EQ(read->Next, 7);
    std::string unknown = bytes;
    unknown[8] = 3;
    EXPECT_FALSE(from_msgpack<Numbered>(unknown));
    EXPECT_EQ(hex(to_msgpack(Numbered{"odd", 7})), "82a653746174757300a44e65787407");
}

TEST(Msgpack, writes_text_as_raw_strings_only) {
    EXPECT_EQ(hex(to_msgpack(std::string("ab"))), "a26162");
    EXPECT_EQ(hex(to_msgpack(std::string(32, 'a'))).substr(0, 6), "da0020");
}

TEST(Msgpack, writes_time_in_go_binary_form) {
    const Time t = parse_time("2026-01-02T03:04:05.006Z").value();
    EXPECT_EQ(hex(to_msgpack(t)), "af010000000ee0e92ca5005b8d80ffff");
    EXPECT_EQ(hex(to_msgpack(Time{})),
              "af010000000000000000000000"
              "00ffff");
}

TEST(Msgpack, reads_back_what_it_wrote) {
    Outer out;
    out.Name = "n", out.Count = 5, out.Tags = {"x", "y"}, out.Flag = false;
    out.Child.make().Count = -7;
    out.Children["k"].Tags = List<std::string>{};
    out.At = Time::from_unix_ns(1'700'000'000'123'456'789);
    out.Raw = Bytes(std::string("\0\1", 2));
    out.Free = AnyMap{{"a", AnyList{1, 2.5, "s", nullptr, true}}};
    auto back = from_msgpack<Outer>(to_msgpack(out));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(equal(type_of<Outer>(), &out, &*back));
}

TEST(Msgpack, short_form_leaves_out_what_a_new_value_has_and_no_more) {
    const auto shortened = [](const Outer& value) {
        std::string bytes;
        append_short_msgpack(bytes, type_of<Outer>(), &value);
        return bytes;
    };
    EXPECT_EQ(hex(shortened(Outer{})), "80");
    Outer out;
    out.Tags = List<std::string>{};  // empty, and not null
    out.Flag = false;
    out.Child.make();
    out.Children["k"].Count = 0;
    const auto back = from_msgpack<Outer>(shortened(out));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(equal(type_of<Outer>(), &out, &*back));
}

TEST(Msgpack, keys_may_come_in_any_order) {
    const auto back = from_msgpack<Outer>(
        "\x84\xa5"
        "Count\x05\xa4"
        "Name\xa1"
        "n\xa5"
        "other\x01\xa4"
        "Flag\xc3");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(std::tuple(back->Count, back->Name, *back->Flag), std::tuple(5, "n", true));
}

TEST(Msgpack, embedded_structs_lie_flat_and_unknown_keys_are_skipped) {
    // {"Count": 1, "Nope": [{}, "x"], "Name": nil}
    const std::string bytes =
        "\x83\xa5"
        "Count\x01\xa4Nope\x92\x80\xa1x\xa4Name\xc0";
    Outer out;
    out.Name = "before";
    auto read = read_msgpack(bytes, out);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, bytes.size());
    EXPECT_EQ(out.Count, 1);
    EXPECT_EQ(out.Name, "");
}

TEST(Msgpack, cuts_values_off_a_stream) {
    Outer out;
    out.Name = std::string(1000, 'x');
    const std::string bytes = to_msgpack(out);
    for (size_t n : {size_t{0}, size_t{1}, size_t{500}, bytes.size() - 1}) {
        auto length = msgpack_length(std::string_view(bytes).substr(0, n));
        ASSERT_TRUE(length);
        EXPECT_FALSE(length->has_value()) << n;
    }
    EXPECT_EQ(msgpack_length(bytes + "rest").value().value(), bytes.size());
}

TEST(MsgpackScanner, finds_the_end_of_a_value_that_comes_byte_by_byte) {
    Outer out;
    out.Name = std::string(300, 'x');
    Inner& child = out.Children["a"];
    child.Count = 1000;
    child.Tags.push_back("tag");
    const std::string bytes = to_msgpack(out);
    MsgpackScanner scanner;
    for (int round = 0; round < 2; ++round) {
        for (size_t n = 0; n < bytes.size(); ++n) {
            auto length = scanner.scan(std::string_view(bytes).substr(0, n));
            ASSERT_TRUE(length);
            EXPECT_FALSE(length->has_value()) << n;
            EXPECT_LE(scanner.at_least(), bytes.size());
        }
        EXPECT_EQ(scanner.scan(bytes + "rest").value().value(), bytes.size());
        scanner.reset();
    }
}

TEST(MsgpackScanner, tells_early_how_much_was_announced) {
    MsgpackScanner scanner;
    EXPECT_FALSE(scanner.scan(std::string_view("\xdb\xff\xff\xff\xff", 5)).value());
    EXPECT_EQ(scanner.at_least(), 5 + uint64_t{0xffffffff});
    scanner.reset();
    EXPECT_FALSE(scanner.scan(std::string_view("\xdf\xff\xff\xff\xff", 5)).value());
    EXPECT_EQ(scanner.at_least(), 5 + 2 * uint64_t{0xffffffff});
}

TEST(Msgpack, refuses_lies_about_length_and_depth) {
    List<std::string> list;
    EXPECT_FALSE(read_msgpack(std::string_view("\xdd\xff\xff\xff\xff", 5), list));
    Any any;
    EXPECT_FALSE(read_msgpack(std::string(100'000, '\x91'), any));
    EXPECT_FALSE(msgpack_length(std::string(100'000, '\x91')));
    Outer out;
    EXPECT_FALSE(read_msgpack(std::string("\xc1"), out));
}

}  // namespace
}  // namespace drover::codec
