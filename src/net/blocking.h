#pragma once
// Blocking or long work on threads of its own kind, so that what everybody waits for is not behind it.

#include "net/signal.h"

namespace drover::net {

// Like run_blocking() of the loop. ErrorCode::unavailable when the pool is full.
template <class Work>
Task<std::invoke_result_t<Work>> run_blocking(Loop& loop, BlockingPool& pool, Work work) {
    using R = std::invoke_result_t<Work>;
    auto [promise, future] = make_promise<R>(loop);
    Result<> submitted = pool.submit([p = std::move(promise), w = std::move(work)]() mutable { p.complete(w()); });
    if (!submitted) co_return R(fail(submitted.error()));
    Result<R> done = co_await future.wait(Limit{});
    if (!done) co_return R(fail(done.error()));
    co_return std::move(*done);
}

}  // namespace drover::net
