#include "raft/apply_worker.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace drover::raft {
namespace {

class ApplyThread final : public ApplyWorker {
public:
    ApplyThread() : thread_([this] { loop(); }) {}
    ~ApplyThread() override {
        {
            std::lock_guard lock(mutex_);
            ending_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    void run(std::function<void()> work) override {
        {
            std::lock_guard lock(mutex_);
            work_.push_back(std::move(work));
        }
        wake_.notify_one();
    }

private:
    void loop() {
        while (true) {
            std::function<void()> next;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [&] { return ending_ || !work_.empty(); });
                if (work_.empty()) return;
                next = std::move(work_.front());
                work_.pop_front();
            }
            next();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> work_;
    bool ending_ = false;
    std::thread thread_;
};

class ApplyOnLoop final : public ApplyWorker {
public:
    explicit ApplyOnLoop(net::Loop& loop) : loop_(loop) {}
    void run(std::function<void()> work) override { loop_.post(std::move(work)); }

private:
    net::Loop& loop_;
};

}  // namespace

std::unique_ptr<ApplyWorker> make_apply_thread() { return std::make_unique<ApplyThread>(); }
std::unique_ptr<ApplyWorker> make_apply_on(net::Loop& loop) { return std::make_unique<ApplyOnLoop>(loop); }

}  // namespace drover::raft
