// The entry store against a model of it, over hundreds of seeds: whatever the order of appends, replacements, drops,
// resets, full disks, power cuts in the middle of any of them, and flipped bits, everything acknowledged is there,
// nothing is invented, and holes are exactly where bits were flipped.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "raft/entry_store.h"
#include "raft/log_record.h"
#include "raft/memory_disk.h"
#include "raft/segment_scan.h"

namespace drover::raft {
namespace {

struct ModelEntry {
    uint64_t term = 0;
    std::string data;
    bool operator==(const ModelEntry&) const = default;
};

struct Model {
    uint64_t first = 1;
    std::vector<ModelEntry> entries;
    std::set<uint64_t> lost;

    uint64_t next() const { return first + entries.size(); }
    void append(uint64_t index, const std::vector<ModelEntry>& added) {
        entries.resize(index - first);
        lost.erase(lost.lower_bound(index), lost.end());
        entries.insert(entries.end(), added.begin(), added.end());
    }
    void drop_before(uint64_t index) {
        entries.erase(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(index - first));
        first = index;
        lost.erase(lost.begin(), lost.lower_bound(index));
    }
};

class World {
public:
    explicit World(uint64_t seed) : rng_(seed), disk_(rng_) {
        config_.segment_bytes = 8192 + rng_.below(40000);
        config_.reserve_bytes = 0;
        config_.cache_bytes = rng_.below(2) * rng_.below(20000);
        open();
    }

    void run(int steps) {
        for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) step();
        // What was kept over all of it is still there.
        if (testing::Test::HasFailure()) return;
        if (rng_.below(2)) EXPECT_TRUE(store_->close());
        crash_and_check({model_});
    }

private:
    void step() {
        const uint64_t what = rng_.below(100);
        if (what < 55) {
            append();
        } else if (what < 60) {
            drop();
        } else if (what < 62) {
            reset();
        } else if (what < 65) {
            ASSERT_TRUE(store_->close());
        } else if (what < 72) {
            open();
            check({model_});
        } else if (what < 80) {
            crash_and_check({model_});
        } else if (what < 86) {
            fill_disk();
        } else {
            flip();
        }
    }

    void open() {
        store_.reset();
        auto opened = EntryStore::open(disk_, rng_, config_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }

    std::vector<ModelEntry> some_entries() {
        std::vector<ModelEntry> entries(1 + rng_.below(rng_.below(4) == 0 ? 40 : 4));
        for (ModelEntry& entry : entries) {
            entry.term = 1 + rng_.below(1000);
            entry.data.resize(rng_.below(rng_.below(8) == 0 ? 3000 : 200));
            if (rng_.below(2)) rng_.fill({reinterpret_cast<uint8_t*>(entry.data.data()), entry.data.size()});
        }
        return entries;
    }

    static std::vector<StoredEntry> stored(uint64_t index, const std::vector<ModelEntry>& entries) {
        std::vector<StoredEntry> out;
        for (const ModelEntry& entry : entries) out.push_back({index++, entry.term, 7, entry.data});
        return out;
    }

    // Runs one change of the store, in every third case with a power cut somewhere in it.
    template <class Change>
    void change(Change run, Model after) {
        if (rng_.below(3) == 0) {
            if (rng_.below(2)) {
                disk_.fail_writes(rng_.below(3));
            } else {
                disk_.fail_syncs(rng_.below(5));
            }
            const bool done = run().has_value();
            crash_and_check(done ? std::vector{after} : std::vector{model_, after});
            return;
        }
        const auto done = run();
        ASSERT_TRUE(done) << done.error().message;
        model_ = std::move(after);
        if (rng_.below(4) == 0) check({model_});
    }

    void append() {
        const auto entries = some_entries();
        uint64_t index = model_.next();
        if (rng_.below(10) == 0) index -= rng_.below(model_.entries.size() + 1);
        Model after = model_;
        after.append(index, entries);
        change([&] { return store_->append(stored(index, entries)); }, std::move(after));
    }

    void drop() {
        Model after = model_;
        after.drop_before(model_.first + rng_.below(model_.entries.size() + 1));
        change([&] { return store_->drop_before(after.first); }, after);
    }

    void reset() {
        Model after;
        after.first = 1 + rng_.below(2 * model_.next());
        change([&] { return store_->reset(after.first); }, after);
    }

    void fill_disk() {
        disk_.set_capacity(0);
        disk_.set_capacity(used() + rng_.below(5000));
        for (int i = 0; i < 5; ++i) {
            const auto entries = some_entries();
            const uint64_t index = rng_.below(4) == 0 ? model_.first : model_.next();
            auto done = store_->append(stored(index, entries));
            if (done) {
                model_.append(index, entries);
            } else {
                ASSERT_EQ(done.error().code, ErrorCode::too_large) << done.error().message;
            }
        }
        disk_.set_capacity(UINT64_MAX);
        check({model_});
    }

    uint64_t used() {
        uint64_t bytes = 0;
        const std::vector<std::string> names = *disk_.list();
        for (const std::string& name : names) bytes += disk_.contents(name).size();
        return bytes;
    }

    void crash_and_check(std::vector<Model> possible) {
        store_.reset();
        disk_.crash();
        open();
        if (store_) check(std::move(possible));
    }

    // The store is as one of these says; that one is the model from then on.
    void check(std::vector<Model> possible) {
        std::string why;
        for (Model& model : possible) {
            why = difference(model);
            if (!why.empty()) continue;
            model_ = std::move(model);
            ASSERT_TRUE(store_->drop_before(model_.first));
            ASSERT_EQ(lost(), model_.lost);
            return;
        }
        FAIL() << why;
    }

    std::set<uint64_t> lost() {
        std::set<uint64_t> indexes;
        for (const Hole& hole : store_->holes()) {
            for (uint64_t index = hole.first; index <= hole.last; ++index) indexes.insert(index);
        }
        return indexes;
    }

    std::string difference(const Model& model) {
        if (store_->last_index() + 1 != model.next()) {
            return "the log ends with " + std::to_string(store_->last_index()) + ", not " +
                   std::to_string(model.next() - 1);
        }
        if (store_->first_index() > model.first) return "the log begins with " + std::to_string(store_->first_index());
        for (uint64_t index = model.first; index < model.next(); ++index) {
            const ModelEntry& wanted = model.entries[index - model.first];
            const auto entry = store_->read(index);
            if (entry.has_value() == model.lost.contains(index)) {
                return "entry " + std::to_string(index) + (entry ? " is not lost" : ": " + entry.error().message);
            }
            if (entry && (wanted != ModelEntry{entry->term, *entry->data} || entry->type != 7)) {
                return "entry " + std::to_string(index) + " is another";
            }
            if (store_->term_of(index) != (entry ? wanted.term : 0)) return "a term is another";
        }
        return {};
    }

    struct Spot {
        std::string file;
        uint64_t offset = 0;
        std::optional<uint64_t> batch;
        std::optional<uint64_t> entry;  // of the log as it is
    };

    // A random byte, and what it belongs to.
    Spot some_spot() {
        std::map<uint64_t, Spot> newest;  // by index: the record that counts
        std::vector<std::pair<Spot, ScannedRecord>> all;
        const std::vector<std::string> names = *disk_.list();
        for (const std::string& name : names) {
            auto file = disk_.open(name, Disk::Open::existing);
            std::string bytes(kSegmentHeaderBytes, '\0');
            EXPECT_TRUE((*file)->read_at(0, bytes));
            const auto scan = scan_segment(**file, decode_segment_header(bytes)->header.salt, false);
            for (const ScannedRecord& record : scan->records) {
                const Spot spot{name, record.offset, record.header.batch, {}};
                all.push_back({spot, record});
                const bool is_entry =
                    record.header.kind == RecordKind::entry || record.header.kind == RecordKind::refill;
                if (is_entry) newest[record.header.index] = spot;
            }
        }
        Spot spot;
        spot.file = names[rng_.below(names.size())];
        const uint64_t size = disk_.contents(spot.file).size();
        spot.offset = rng_.below(8) == 0 ? rng_.below(size) : rng_.below(std::min<uint64_t>(size, 20000));
        for (const auto& [where, record] : all) {
            const bool is_inside = where.file == spot.file && spot.offset >= record.offset &&
                                   spot.offset < record.offset + record.header.record_bytes();
            if (!is_inside) continue;
            spot.batch = record.header.batch;
            const uint64_t index = record.header.index;
            const bool is_in_log = index >= model_.first && index < model_.next() && !model_.lost.contains(index);
            const auto counts = newest.find(index);
            if (is_in_log && counts != newest.end() && counts->second.file == spot.file &&
                counts->second.offset == record.offset) {
                spot.entry = index;
            }
        }
        return spot;
    }

    void flip() {
        if (disk_.list()->empty()) return;
        const Spot spot = some_spot();
        // Two damages in one batch may be more than can be told apart; that is tested elsewhere.
        if (spot.batch && damaged_.contains({spot.file, *spot.batch})) return;
        const unsigned bit = static_cast<unsigned>(rng_.below(8));
        const std::string before = disk_.contents(spot.file);
        disk_.flip_bit(spot.file, spot.offset, bit);
        const std::optional<ModelEntry> entry =
            spot.entry ? std::optional(model_.entries[*spot.entry - model_.first]) : std::nullopt;
        if (spot.entry) model_.lost.insert(*spot.entry);
        open();
        if (!store_) return;
        check({model_});
        if (!spot.batch) return;
        const uint64_t next = rng_.below(3);
        if (!spot.entry || next == 0) {
            store_.reset();
            disk_.put(spot.file, before);
            if (spot.entry) model_.lost.erase(*spot.entry);
            open();
            return;
        }
        damaged_.insert({spot.file, *spot.batch});
        if (next == 1) return;
        Model after = model_;
        after.lost.erase(*spot.entry);
        change([&] { return store_->fill(stored(*spot.entry, {*entry})); }, std::move(after));
    }

    SeededRng rng_;
    MemoryDisk disk_;
    EntryStoreConfig config_;
    std::unique_ptr<EntryStore> store_;
    Model model_;
    std::set<std::pair<std::string, uint64_t>> damaged_;
};

TEST(EntryStore, keeps_what_it_acknowledged_whatever_happens) {
    for (uint64_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        World(seed).run(60);
    }
}

}  // namespace
}  // namespace drover::raft
