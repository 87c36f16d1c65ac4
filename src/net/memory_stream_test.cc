#include "net/memory_stream.h"

#include <gtest/gtest.h>

#include "net/loop.h"
#include "net/virtual_loop.h"

namespace drover::net {
namespace {

struct World {
    VirtualLoop loop;
    SeededRng rng{7};
    MemoryWorld world{loop, &rng};
    std::unique_ptr<Network> a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    std::unique_ptr<Listener> listener = *b->listen(Address::tcp("10.0.0.2", 80));

    Result<StreamPair> connect(Duration patience = seconds(5)) {
        auto dialled = run(loop, a->dial(Address::tcp("10.0.0.2", 80), Limit{loop.in(patience), {}}));
        if (!dialled) return fail(dialled.error());
        auto accepted = run(loop, listener->accept(Limit{loop.in(seconds(1)), {}}));
        if (!accepted) return fail(accepted.error());
        return StreamPair(std::move(*dialled), std::move(*accepted));
    }
    Result<std::string> read(Stream& stream, Duration patience) {
        char buffer[64];
        Result<size_t> n = run(loop, stream.read_some(buffer, Limit{loop.in(patience), {}}));
        if (!n) return fail(n.error());
        return std::string(buffer, *n);
    }
    void write(Stream& stream, std::string text) {
        ASSERT_TRUE(run(loop, stream.write(std::string_view(text), Limit{loop.in(seconds(1)), {}})));
    }
};

TEST(MemoryWorld, a_cut_holds_one_way_and_what_waited_goes_on_when_healed) {
    World w;
    auto ends = w.connect();
    ASSERT_TRUE(ends);
    w.world.cut("10.0.0.1", "10.0.0.2");
    w.write(*ends->first, "hello");
    w.write(*ends->second, "back");
    EXPECT_EQ(*w.read(*ends->first, seconds(1)), "back");
    EXPECT_EQ(w.read(*ends->second, seconds(5)).error().code, ErrorCode::timeout);
    w.world.heal("10.0.0.1", "10.0.0.2");
    EXPECT_EQ(*w.read(*ends->second, seconds(1)), "hello");
}

TEST(MemoryWorld, a_dial_over_a_cut_waits_for_its_deadline) {
    World w;
    w.world.cut("10.0.0.2", "");
    const Duration before = w.loop.now();
    EXPECT_EQ(w.connect(seconds(3)).error().code, ErrorCode::timeout);
    EXPECT_EQ(w.loop.now() - before, seconds(3));
    w.world.heal();
    EXPECT_TRUE(w.connect());
}

TEST(MemoryWorld, the_end_of_a_stream_does_not_cross_a_cut) {
    World w;
    auto ends = w.connect();
    ASSERT_TRUE(ends);
    w.world.cut("10.0.0.1", "10.0.0.2");
    ends->first.reset();
    EXPECT_EQ(w.read(*ends->second, seconds(5)).error().code, ErrorCode::timeout);
    w.write(*ends->second, "nobody reads this");
    w.world.heal();
    EXPECT_EQ(*w.read(*ends->second, seconds(1)), "");
    EXPECT_FALSE(run(w.loop, ends->second->write(std::string_view("x"), Limit{})));
}

TEST(MemoryWorld, bad_weather_costs_time_and_keeps_the_order) {
    World w;
    w.world.set_weather({milliseconds(5), milliseconds(50), 20});
    auto ends = w.connect();
    ASSERT_TRUE(ends);
    const Duration before = w.loop.now();
    std::string sent, got;
    for (int i = 0; i < 200; ++i) {
        w.write(*ends->first, std::to_string(i));
        sent += std::to_string(i);
    }
    while (got.size() < sent.size()) {
        auto more = w.read(*ends->second, minutes(10));
        ASSERT_TRUE(more);
        got += *more;
    }
    EXPECT_EQ(got, sent);
    EXPECT_GE(w.loop.now() - before, milliseconds(5));
}

TEST(MemoryWorld, nobody_hears_of_a_host_that_vanishes) {
    World w;
    auto ends = w.connect();
    ASSERT_TRUE(ends);
    w.world.vanish("10.0.0.2");
    ends->second.reset();
    EXPECT_EQ(w.read(*ends->first, seconds(5)).error().code, ErrorCode::timeout);
    EXPECT_EQ(w.connect().error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace drover::net
