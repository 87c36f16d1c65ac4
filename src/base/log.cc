#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <map>
#include <mutex>

#include "base/clock.h"
#include "base/strings.h"

namespace drover {
namespace {

struct Listener {
    LogLevel level;
    std::function<void(std::string_view)> receive;
};

// The one sink of the process. Leaked on purpose: threads may log until the very end.
struct Sink {
    std::mutex mutex;
    std::shared_ptr<spdlog::logger> out;
    LogConfig config;
    std::map<uint64_t, Listener> listeners;
    uint64_t next_listener = 1;
};

Sink& sink() {
    static Sink* one = new Sink;
    return *one;
}

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::trace: return "TRACE";
        case LogLevel::debug: return "DEBUG";
        case LogLevel::info: return "INFO";
        case LogLevel::warn: return "WARN";
        case LogLevel::error: return "ERROR";
        case LogLevel::off: return "OFF";
    }
    return "";
}

bool plain(std::string_view value) {
    if (value.empty()) return false;
    for (char c : value) {
        if (c <= ' ' || c == '"' || c == '=' || c == 0x7f) return false;
    }
    return true;
}

std::string text_line(std::string_view name, LogLevel level, std::string_view message,
                      std::initializer_list<Attribute> attributes) {
    std::string line = to_rfc3339(SystemClock().now());
    line += " [" + std::string(level_name(level)) + "] ";
    line += std::string(name) + ": " + std::string(message);
    for (const Attribute& a : attributes) {
        line += ' ' + std::string(a.key) + '=' + (plain(a.value) ? a.value : quote(a.value));
    }
    return line;
}

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : to_valid_utf8(text)) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", c);
            out += escape;
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string json_line(std::string_view name, LogLevel level, std::string_view message,
                      std::initializer_list<Attribute> attributes) {
    std::string line = "{\"@level\":" + json_text(to_lower(level_name(level))) + ",\"@message\":" + json_text(message) +
                       ",\"@module\":" + json_text(name) +
                       ",\"@timestamp\":" + json_text(to_rfc3339(SystemClock().now()));
    for (const Attribute& a : attributes) line += ',' + json_text(a.key) + ':' + json_text(a.value);
    return line + '}';
}

}  // namespace

bool parse_log_level(std::string_view text, LogLevel& out) {
    for (LogLevel level :
         {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
        if (equal_fold(text, level_name(level))) return out = level, true;
    }
    return false;
}

bool configure_logging(const LogConfig& config) {
    std::lock_guard lock(sink().mutex);
    std::vector<spdlog::sink_ptr> outputs{std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    if (!config.file.empty()) {
        try {
            outputs.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(config.file));
        } catch (const spdlog::spdlog_ex&) {
            return false;
        }
    }
    auto out = std::make_shared<spdlog::logger>("drover", outputs.begin(), outputs.end());
    out->set_pattern("%v");
    out->flush_on(spdlog::level::trace);
    out->set_level(spdlog::level::trace);
    sink().out = std::move(out);
    sink().config = config;
    return true;
}

uint64_t add_log_listener(LogLevel level, std::function<void(std::string_view)> listener) {
    std::lock_guard lock(sink().mutex);
    const uint64_t id = sink().next_listener++;
    sink().listeners[id] = {level, std::move(listener)};
    return id;
}

void remove_log_listener(uint64_t id) {
    std::lock_guard lock(sink().mutex);
    sink().listeners.erase(id);
}

void Logger::write(LogLevel level, std::string_view message, std::initializer_list<Attribute> attributes) const {
    Sink& s = sink();
    std::lock_guard lock(s.mutex);
    const bool printed = s.out && level >= s.config.level;
    bool heard = false;
    for (const auto& [id, listener] : s.listeners) heard = heard || level >= listener.level;
    if (!printed && !heard) return;
    const std::string line =
        s.config.json ? json_line(name_, level, message, attributes) : text_line(name_, level, message, attributes);
    if (printed) s.out->log(spdlog::level::info, line);
    for (const auto& [id, listener] : s.listeners) {
        if (level >= listener.level) listener.receive(line);
    }
}

void Logger::trace(std::string_view m, std::initializer_list<Attribute> a) const { write(LogLevel::trace, m, a); }
void Logger::debug(std::string_view m, std::initializer_list<Attribute> a) const { write(LogLevel::debug, m, a); }
void Logger::info(std::string_view m, std::initializer_list<Attribute> a) const { write(LogLevel::info, m, a); }
void Logger::warn(std::string_view m, std::initializer_list<Attribute> a) const { write(LogLevel::warn, m, a); }
void Logger::error(std::string_view m, std::initializer_list<Attribute> a) const { write(LogLevel::error, m, a); }

}  // namespace drover
