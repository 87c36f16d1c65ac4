#include "client/state_store.h"

#include <sqlite3.h>

#include "base/strings.h"
#include "codec/msgpack.h"

namespace drover::client {

DESCRIBE(StoredHandle, FIELD(Handle), FIELD(StateDir));

namespace {

constexpr int kFormat = 1;
constexpr int kApplication = 0x44525643;  // "DRVC": tells the file from other SQLite files

constexpr const char* kSchema =
    "CREATE TABLE allocs (id TEXT PRIMARY KEY, alloc BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE tasks (alloc TEXT, task TEXT, state BLOB, handle BLOB, PRIMARY KEY (alloc, task)) WITHOUT ROWID;"
    "CREATE TABLE info (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;";

class MemoryStore final : public StateStore {
public:
    Result<> put_alloc(const model::Allocation&) override { return {}; }
    Result<> put_task_state(const std::string&, const std::string&, const model::TaskState&) override { return {}; }
    Result<> put_handle(const std::string&, const std::string&, const StoredHandle*) override { return {}; }
    Result<> remove_alloc(const std::string&) override { return {}; }
    Result<std::vector<StoredAlloc>> load(std::vector<std::string>&) override { return std::vector<StoredAlloc>{}; }
    Result<> put_value(const std::string& key, const std::string& value) override {
        values_[key] = value;
        return {};
    }
    Result<std::optional<std::string>> get_value(const std::string& key) override {
        const auto* value = values_.get(key);
        return value ? std::optional(*value) : std::nullopt;
    }

private:
    Map<std::string> values_;
};

struct Closer {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Closer>;
using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

class FileStore final : public StateStore {
public:
    FileStore(Database db, std::string path) : db_(std::move(db)), path_(std::move(path)) {}

    Result<> prepare() {
        if (auto set = run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"); !set) return set;
        auto application = number("PRAGMA application_id");
        auto format = number("PRAGMA user_version");
        if (!application) return fail(application.error());
        if (*application == 0 && *format == 0) {
            return run("BEGIN;" + std::string(kSchema) + "PRAGMA application_id=" + std::to_string(kApplication) +
                       ";PRAGMA user_version=" + std::to_string(kFormat) + ";COMMIT;");
        }
        if (*application != kApplication) return fail(Error::internal(path_ + " is no client state"));
        if (*format != kFormat) {
            return fail(Error::internal(path_ + " has format " + std::to_string(*format) +
                                        ", which this version does not know"));
        }
        return {};
    }

    Result<> put_alloc(const model::Allocation& alloc) override {
        return write("INSERT OR REPLACE INTO allocs VALUES (?1, ?2)", {alloc.ID, codec::to_msgpack(alloc)});
    }

    Result<> put_task_state(const std::string& alloc, const std::string& task, const model::TaskState& state) override {
        return write(
            "INSERT INTO tasks (alloc, task, state) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (alloc, task) DO UPDATE SET state = excluded.state",
            {alloc, task, codec::to_msgpack(state)});
    }

    Result<> put_handle(const std::string& alloc, const std::string& task, const StoredHandle* maybe_handle) override {
        return write(
            "INSERT INTO tasks (alloc, task, handle) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (alloc, task) DO UPDATE SET handle = excluded.handle",
            {alloc, task, maybe_handle ? codec::to_msgpack(*maybe_handle) : std::string()});
    }

    Result<> remove_alloc(const std::string& alloc) override {
        if (auto removed = write("DELETE FROM tasks WHERE alloc = ?1", {alloc}); !removed) return removed;
        return write("DELETE FROM allocs WHERE id = ?1", {alloc});
    }

    Result<std::vector<StoredAlloc>> load(std::vector<std::string>& damaged) override;

    Result<> put_value(const std::string& key, const std::string& value) override {
        return write("INSERT OR REPLACE INTO info VALUES (?1, ?2)", {key, value});
    }

    Result<std::optional<std::string>> get_value(const std::string& key) override {
        auto statement = compile("SELECT value FROM info WHERE key = ?1", {key});
        if (!statement) return fail(statement.error());
        if (sqlite3_step(statement->get()) != SQLITE_ROW) return std::nullopt;
        return std::optional(column(*statement, 0));
    }

private:
    Error problem() const { return Error::internal("client state " + path_ + ": " + sqlite3_errmsg(db_.get())); }

    Result<> run(const std::string& sql) {
        if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return fail(problem());
        return {};
    }

    Result<Statement> compile(const char* sql, std::initializer_list<std::string> values) {
        sqlite3_stmt* raw = nullptr;
        if (sqlite3_prepare_v2(db_.get(), sql, -1, &raw, nullptr) != SQLITE_OK) return fail(problem());
        Statement statement(raw);
        int index = 0;
        for (const auto& value : values) {
            ++index;
            // Names are text, so that people can look at the file; the last of three values, and blobs, are not.
            const bool blob = index == 3 || (index == 2 && values.size() == 2);
            const int length = static_cast<int>(value.size());
            if (blob) {
                sqlite3_bind_blob(raw, index, value.data(), length, SQLITE_TRANSIENT);
            } else {
                sqlite3_bind_text(raw, index, value.data(), length, SQLITE_TRANSIENT);
            }
        }
        return statement;
    }

    Result<> write(const char* sql, std::initializer_list<std::string> values) {
        auto statement = compile(sql, values);
        if (!statement) return fail(statement.error());
        if (sqlite3_step(statement->get()) != SQLITE_DONE) return fail(problem());
        return {};
    }

    Result<int64_t> number(const char* sql) {
        auto statement = compile(sql, {});
        if (!statement) return fail(statement.error());
        if (sqlite3_step(statement->get()) != SQLITE_ROW) return fail(problem());
        return sqlite3_column_int64(statement->get(), 0);
    }

    static std::string column(const Statement& statement, int index) {
        const void* bytes = sqlite3_column_blob(statement.get(), index);
        const int length = sqlite3_column_bytes(statement.get(), index);
        return length > 0 ? std::string(static_cast<const char*>(bytes), static_cast<size_t>(length)) : std::string();
    }

    bool read_task(const Statement& row, StoredAlloc& into) const {
        StoredTask task;
        const std::string state = column(row, 2), handle = column(row, 3);
        if (!state.empty() && !codec::read_msgpack(state, task.state)) return false;
        if (!handle.empty() && !codec::read_msgpack(handle, task.handle.emplace())) return false;
        into.tasks[column(row, 1)] = std::move(task);
        return true;
    }

    Database db_;
    std::string path_;
};

Result<std::vector<StoredAlloc>> FileStore::load(std::vector<std::string>& damaged) {
    std::map<std::string, StoredAlloc> found;
    auto allocs = compile("SELECT id, alloc FROM allocs", {});
    if (!allocs) return fail(allocs.error());
    while (sqlite3_step(allocs->get()) == SQLITE_ROW) {
        const std::string id = column(*allocs, 0);
        if (!codec::read_msgpack(column(*allocs, 1), found[id].alloc)) {
            found.erase(id);
            damaged.push_back(id);
        }
    }
    auto tasks = compile("SELECT alloc, task, state, handle FROM tasks", {});
    if (!tasks) return fail(tasks.error());
    while (sqlite3_step(tasks->get()) == SQLITE_ROW) {
        auto alloc = found.find(column(*tasks, 0));
        if (alloc == found.end() || read_task(*tasks, alloc->second)) continue;
        damaged.push_back(alloc->first);
        found.erase(alloc);
    }
    std::vector<StoredAlloc> out;
    for (auto& [id, alloc] : found) out.push_back(std::move(alloc));
    return out;
}

}  // namespace

std::unique_ptr<StateStore> make_memory_store() { return std::make_unique<MemoryStore>(); }

Result<std::unique_ptr<StateStore>> open_state_file(const std::string& path) {
    sqlite3* raw = nullptr;
    const int opened =
        sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database db(raw);
    if (opened != SQLITE_OK) {
        return fail(Error::internal("client state " + path + ": " + (raw ? sqlite3_errmsg(raw) : "out of memory")));
    }
    sqlite3_busy_timeout(raw, 2000);
    auto store = std::make_unique<FileStore>(std::move(db), path);
    if (auto prepared = store->prepare(); !prepared) return fail(prepared.error());
    return std::unique_ptr<StateStore>(std::move(store));
}

}  // namespace drover::client
