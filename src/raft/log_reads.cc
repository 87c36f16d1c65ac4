// Reads that see every command acknowledged before them, without writing: the leader notes how far it had committed,
// makes sure by a round of questions that nobody leads after it, and waits until that much is applied. A round serves
// all reads that waited when it began.
#include "raft/log_core.h"

namespace drover::raft {

void LogCore::barrier(std::function<void(Result<uint64_t>)> done) {
    {
        std::lock_guard lock(inbox_mutex_);
        if (!closed_) {
            post([done = std::move(done)](LogCore& core) mutable { core.begin_read(std::move(done)); });
            return;
        }
    }
    done(fail(Error::canceled("the log has stopped")));
}

void LogCore::begin_read(std::function<void(Result<uint64_t>)> done) {
    if (stopping_) return done(fail(Error::canceled("the log has stopped")));
    if (!engine_ || !engine_->leads() || failed_) return done(fail(Error::internal("No cluster leader")));
    reads_next_.push_back({0, std::move(done)});
    if (!round_open_) begin_round();
    settle();
}

void LogCore::begin_round() {
    // A leader knows what is committed once an entry of its own term is.
    if (reads_next_.empty() || term_start_ == 0 || engine_->commit_index() < term_start_) return;
    round_open_ = true;
    ++round_;
    round_index_ = engine_->commit_index();
    round_answers_.clear();
    reads_asked_ = std::exchange(reads_next_, {});
    for (const Peer& peer : engine_->configuration()) {
        if (peer.suffrage != Suffrage::voter) continue;
        const uint64_t number = server_number(peer.id);
        round_answers_[number] = number == engine_->number();
        if (number != engine_->number()) send_frame(number, encode(TermProbe{engine_->term(), round_}));
    }
    confirm_round();
}

void LogCore::on_probe_answer(uint64_t from, const TermProbeAnswer& answer) {
    answered_[from] = parts_.loop.now();
    if (!round_open_ || answer.round != round_ || answer.term != engine_->term()) return;
    const auto found = round_answers_.find(from);
    if (found == round_answers_.end()) return;
    found->second = true;
    confirm_round();
}

void LogCore::confirm_round() {
    size_t good = 0;
    for (const auto& [server, answered] : round_answers_) good += answered ? 1 : 0;
    if (good * 2 <= round_answers_.size()) return;
    round_open_ = false;
    for (Read& read : reads_asked_) {
        read.index = round_index_;
        reads_ready_.push_back(std::move(read));
    }
    reads_asked_.clear();
    finish_reads();
}

// A round whose questions were lost is begun anew, with the next tick of the engine.
void LogCore::repeat_round() {
    if (!round_open_) return;
    round_open_ = false;
    reads_asked_.insert(reads_asked_.end(), std::make_move_iterator(reads_next_.begin()),
                        std::make_move_iterator(reads_next_.end()));
    reads_next_ = std::exchange(reads_asked_, {});
    begin_round();
}

// Answers what is applied far enough, and begins a round for those that came meanwhile.
void LogCore::finish_reads() {
    std::vector<Read> later;
    for (Read& read : reads_ready_) {
        if (read.index > applied_) {
            later.push_back(std::move(read));
        } else {
            parts_.worker.run([done = std::move(read.done), index = applied_] { done(index); });
        }
    }
    reads_ready_ = std::move(later);
    if (!round_open_) begin_round();
}

void LogCore::fail_reads(const Error& why) {
    round_open_ = false;
    std::vector<Read> all = std::exchange(reads_next_, {});
    for (auto* some : {&reads_asked_, &reads_ready_}) {
        for (Read& read : *some) all.push_back(std::move(read));
        some->clear();
    }
    for (Read& read : all) read.done(fail(why));
}

}  // namespace drover::raft
