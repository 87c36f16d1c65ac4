#include "raft/member_store.h"

#include <utility>

namespace drover::raft {

net::Task<Result<>> MemberMemory::load() {
    Result<Remembered> loaded = co_await store_.load();
    if (!loaded) co_return fail(loaded.error());
    now_ = std::move(*loaded);
    co_return Result<>();
}

net::Task<Result<>> MemberMemory::change(std::function<void(Remembered&)> edit, net::Limit limit) {
    while (busy_) {
        if (Result<> waited = co_await freed_.wait(limit); !waited) co_return waited;
    }
    Remembered next = now_;
    edit(next);
    if (next == now_) co_return Result<>();
    busy_ = true;
    Result<> saved = co_await store_.save(next);
    busy_ = false;
    if (saved) now_ = std::move(next);
    freed_.notify();
    co_return saved;
}

}  // namespace drover::raft
