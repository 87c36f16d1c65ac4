#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>

#include "net/detail/io_loop.h"
#include "net/event_loop.h"

namespace drover::net {

namespace {

// The longest sleep without a timer. Only bounds the arithmetic: wake() ends a sleep at any time.
constexpr Duration kLongestSleep = seconds(3600);

}  // namespace

IoLoop::IoLoop(const Clock& clock, BlockingPool* maybe_pool)
    : clock_(clock), maybe_pool_(maybe_pool), impl_(std::make_unique<Impl>()) {}

IoLoop::~IoLoop() = default;

void IoLoop::wake() {
    boost::asio::post(impl_->context, [] {});
}

void IoLoop::run() {
    drive([this] { return impl_->stopping; });
}

void IoLoop::stop() {
    post([this] { impl_->stopping = true; });
}

Result<> IoLoop::offload(std::function<void()> work) {
    if (maybe_pool_ == nullptr) return fail(Error::unavailable("this loop has no pool for blocking work"));
    return maybe_pool_->submit(std::move(work));
}

void IoLoop::drive(const std::function<bool()>& done) {
    auto& context = impl_->context;
    const auto keep = boost::asio::make_work_guard(context);
    context.restart();  // it stopped when the guard of an earlier drive went
    enter();
    for (;;) {
        turn();
        if (done()) break;
        if (!idle() || !may_sleep()) {
            context.poll();
            continue;
        }
        wait_for_events();
        woke_up();
    }
    leave();
}

// Until something happens or the next timer is due.
void IoLoop::wait_for_events() {
    auto& context = impl_->context;
    const Deadline next = next_timer();
    if (next == Deadline::never()) {
        context.run_one();
        return;
    }
    const int64_t left = std::min(next.at.ns - now().ns, kLongestSleep.ns);
    if (left > 0) context.run_one_for(std::chrono::nanoseconds(left));
}

LoopThread::LoopThread(const Clock& clock, BlockingPool* maybe_pool)
    : loop_(std::make_unique<IoLoop>(clock, maybe_pool)), thread_([this] { loop_->run(); }) {}

LoopThread::~LoopThread() {
    loop_->stop();
    thread_.join();
}

}  // namespace drover::net
