#pragma once
// Logging front: a sentence and key-value pairs. `log.info("job registered", {{"job_id", id}})`. A Logger is a small
// value that names the part of the program that speaks; all Loggers write to the sink that configure_logging set up.
// Any thread may log. What is secret is never passed here: types that hold secrets have no conversion to Attribute.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace drover {

enum class LogLevel { trace, debug, info, warn, error, off };

struct Attribute {
    std::string_view key;
    std::string value;

    Attribute(std::string_view k, std::string_view v) : key(k), value(v) {}
    Attribute(std::string_view k, const char* v) : key(k), value(v) {}
    Attribute(std::string_view k, const std::string& v) : key(k), value(v) {}
    Attribute(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
    template <class N>
        requires std::is_arithmetic_v<N>
    Attribute(std::string_view k, N v) : key(k), value(std::to_string(v)) {}
};

class Logger {
public:
    explicit Logger(std::string name) : name_(std::move(name)) {}

    void trace(std::string_view message, std::initializer_list<Attribute> attributes = {}) const;
    void debug(std::string_view message, std::initializer_list<Attribute> attributes = {}) const;
    void info(std::string_view message, std::initializer_list<Attribute> attributes = {}) const;
    void warn(std::string_view message, std::initializer_list<Attribute> attributes = {}) const;
    void error(std::string_view message, std::initializer_list<Attribute> attributes = {}) const;

    // A logger for a part of this part: "client" -> "client.alloc_runner".
    Logger named(std::string_view part) const { return Logger(name_ + "." + std::string(part)); }

private:
    void write(LogLevel level, std::string_view message, std::initializer_list<Attribute> attributes) const;
    std::string name_;
};

struct LogConfig {
    LogLevel level = LogLevel::info;
    bool json = false;
    std::string file;  // empty: standard error only
};

// Once, at start, before other threads log. False if the file cannot be opened.
bool configure_logging(const LogConfig& config);
bool parse_log_level(std::string_view text, LogLevel& out);  // any case; TRACE DEBUG INFO WARN ERROR OFF

// Also hands every formatted line (without newline) at or above `level` to `listener`, until the returned id is
// removed.
uint64_t add_log_listener(LogLevel level, std::function<void(std::string_view line)> listener);
void remove_log_listener(uint64_t id);

}  // namespace drover
