#include "lockstep.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace drover::sim {
namespace {

using Start = void* (*)(void*);

struct Hand {
    Start start = nullptr;
    void* argument = nullptr;
    sem_t turn;
    bool ended = false;
    std::vector<Hand*> waiting_for_end;
};

// All of it is touched only by who has the turn.
struct Lockstep {
    std::function<void(std::function<void()>)> post;
    sem_t back;  // the turn comes back to the loop's thread
    Hand* maybe_running = nullptr;
    std::deque<Hand*> ready;
    bool posted = false;
    std::map<const void*, std::deque<Hand*>> waiting;  // by condition
    std::map<pthread_t, Hand*> threads;                // those that were not joined
};

Lockstep* lockstep = nullptr;

[[noreturn]] void would_block(const char* what) {
    fprintf(stderr, "the loop's thread would wait for %s\n", what);
    abort();
}

// The loop gives each thread that is ready its turn.
void run_ready() {
    lockstep->posted = false;
    while (!lockstep->ready.empty()) {
        Hand* hand = lockstep->ready.front();
        lockstep->ready.pop_front();
        lockstep->maybe_running = hand;
        sem_post(&hand->turn);
        while (sem_wait(&lockstep->back) != 0) {
        }
        lockstep->maybe_running = nullptr;
    }
}

void make_ready(Hand* hand) {
    lockstep->ready.push_back(hand);
    if (lockstep->posted) return;
    lockstep->posted = true;
    lockstep->post(run_ready);
}

void give_back(Hand* hand) {
    sem_post(&lockstep->back);
    while (sem_wait(&hand->turn) != 0) {
    }
}

void* run_hand(void* argument) {
    Hand* hand = static_cast<Hand*>(argument);
    while (sem_wait(&hand->turn) != 0) {
    }
    void* result = hand->start(hand->argument);
    hand->ended = true;
    for (Hand* waiter : hand->waiting_for_end) make_ready(waiter);
    sem_post(&lockstep->back);
    return result;
}

template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int wait_for(const void* condition, pthread_mutex_t* mutex) {
    Hand* self = lockstep ? lockstep->maybe_running : nullptr;
    if (!self) would_block("a condition");
    lockstep->waiting[condition].push_back(self);
    pthread_mutex_unlock(mutex);
    give_back(self);
    return pthread_mutex_lock(mutex);
}

int notify(const void* condition, bool all) {
    if (!lockstep) return 0;
    const auto found = lockstep->waiting.find(condition);
    if (found == lockstep->waiting.end()) return 0;
    std::deque<Hand*>& hands = found->second;
    do {
        make_ready(hands.front());
        hands.pop_front();
    } while (all && !hands.empty());
    if (hands.empty()) lockstep->waiting.erase(found);
    return 0;
}

}  // namespace

void enable_lockstep(std::function<void(std::function<void()>)> post) {
    lockstep = new Lockstep;  // for the rest of the process
    lockstep->post = std::move(post);
    sem_init(&lockstep->back, 0, 0);
}

}  // namespace drover::sim

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* argument) {
    using namespace drover::sim;
    using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto create = real<Create>("pthread_create");
    if (!lockstep) return create(thread, attributes, start, argument);
    Hand* hand = new Hand;
    hand->start = start, hand->argument = argument;
    sem_init(&hand->turn, 0, 0);
    const int code = create(thread, attributes, run_hand, hand);
    if (code != 0) return code;
    lockstep->threads[*thread] = hand;
    make_ready(hand);
    return 0;
}

int pthread_join(pthread_t thread, void** result) {
    using namespace drover::sim;
    static const auto join = real<int (*)(pthread_t, void**)>("pthread_join");
    if (!lockstep) return join(thread, result);
    Hand* hand = lockstep->threads.at(thread);
    if (!hand->ended) {
        Hand* self = lockstep->maybe_running;
        if (!self) would_block("the end of a thread");
        hand->waiting_for_end.push_back(self);
        give_back(self);
    }
    lockstep->threads.erase(thread);
    return join(thread, result);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
    return drover::sim::wait_for(condition, mutex);
}
int pthread_cond_signal(pthread_cond_t* condition) noexcept { return drover::sim::notify(condition, false); }
int pthread_cond_broadcast(pthread_cond_t* condition) noexcept { return drover::sim::notify(condition, true); }
}
