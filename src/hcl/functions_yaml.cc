// yamldecode yamlencode
#include <yaml.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/strings.h"
#include "base/time.h"
#include "hcl/function_helpers.h"

namespace drover::hcl {
namespace {

using Kind = Type::Kind;
using Read = tl::expected<Value, std::string>;

constexpr int kMaxDepth = 200;
constexpr size_t kMaxMerged = 20'000;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The first digits of `text`, at most `most` of them, which are taken off it.
std::string take_digits(std::string_view& text, size_t most) {
    size_t n = 0;
    while (n < text.size() && n < most && is_digit(text[n])) ++n;
    std::string digits(text.substr(0, n));
    text.remove_prefix(n);
    return digits;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

std::string padded(const std::string& digits) { return digits.size() == 1 ? "0" + digits : digits; }

// The time of day behind a date, to the second. Without a zone it is of UTC and stands behind a space.
std::optional<std::string> yaml_day_time(std::string_view text) {
    const char separator = text.front();
    if (separator != 'T' && separator != 't' && separator != ' ') return std::nullopt;
    text.remove_prefix(1);
    const std::string hour = take_digits(text, 2);
    if (hour.empty() || !take(text, ':')) return std::nullopt;
    const std::string minute = take_digits(text, 2);
    if (minute.empty() || !take(text, ':')) return std::nullopt;
    const std::string second = take_digits(text, 2);
    if (second.empty()) return std::nullopt;
    if (take(text, '.') && take_digits(text, std::string_view::npos).empty()) return std::nullopt;
    const std::string time = "T" + padded(hour) + ":" + padded(minute) + ":" + padded(second);
    if (separator == ' ') return text.empty() ? std::optional(time + "Z") : std::nullopt;
    if (text == "Z" || text == "+00:00" || text == "-00:00") return time + "Z";
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    return time + std::string(text);
}

// A date or a date with time, as RFC 3339 text.
std::optional<std::string> yaml_timestamp(std::string_view text) {
    const std::string year = take_digits(text, 4);
    if (year.size() != 4 || !take(text, '-')) return std::nullopt;
    const std::string month = take_digits(text, 2);
    if (month.empty() || !take(text, '-')) return std::nullopt;
    const std::string day = take_digits(text, 2);
    if (day.empty()) return std::nullopt;
    const auto time = text.empty() ? std::optional<std::string>("T00:00:00Z") : yaml_day_time(text);
    if (!time) return std::nullopt;
    std::string full = year + "-" + padded(month) + "-" + padded(day) + *time;
    const auto parsed = parse_time(full);
    if (!parsed) return std::nullopt;
    // A day that its month does not have would be one of the next month.
    const auto date = parse_time(full.substr(0, 10) + "T00:00:00Z");
    return date && to_rfc3339(*date).starts_with(full.substr(0, 10)) ? std::optional(full) : std::nullopt;
}

bool all_of(std::string_view text, std::string_view letters) {
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

constexpr std::string_view kDigits = "0123456789";

bool is_yaml_integer(std::string_view text) {
    if (has_prefix(text, "0o")) return all_of(text.substr(2), "01234567");
    if (has_prefix(text, "0x")) return all_of(text.substr(2), "0123456789abcdefABCDEF");
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    return all_of(text, kDigits);
}

bool is_yaml_float(std::string_view text) {
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    const std::string whole = take_digits(text, std::string_view::npos);
    const bool has_point = take(text, '.');
    const std::string part = has_point ? take_digits(text, std::string_view::npos) : "";
    if (whole.empty() && part.empty()) return false;
    if (!take(text, 'e') && !take(text, 'E')) return text.empty();
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    return all_of(text, kDigits);
}

// What stands for a number by its tag or by its look. Other bases than ten fit 64 bits, as its users know it.
std::optional<Number> yaml_number(std::string_view text) {
    std::string plain = replace_all(std::string(text), "_", "");
    if (auto number = Number::parse(plain)) return *number;
    const bool negative = plain.starts_with('-');
    const size_t digits = negative || plain.starts_with('+') ? 1 : 0;
    const std::string_view prefix = std::string_view(plain).substr(digits, 2);
    const int base = prefix == "0x" || prefix == "0X"   ? 16
                     : prefix == "0o" || prefix == "0O" ? 8
                     : prefix == "0b" || prefix == "0B" ? 2
                                                        : 0;
    if (base == 0) return std::nullopt;
    const auto number = Number::parse_integer((negative ? "-" : "") + plain.substr(digits + 2), base);
    const bool fits = number && (number->to_int64() || number->to_uint64());
    return fits ? std::optional(*number) : std::nullopt;
}

// A word that stands for something else than itself.
std::optional<Value> yaml_word(std::string_view text) {
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return Value();
    if (is_one_of(text, {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"}))
        return Value::boolean(true);
    if (is_one_of(text, {"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"}))
        return Value::boolean(false);
    const bool minus = has_prefix(text, "-");
    if (minus || has_prefix(text, "+")) text.remove_prefix(1);
    if (is_one_of(text, {".inf", ".Inf", ".INF"})) return Value::number(Number::infinity(minus));
    return std::nullopt;
}

class YamlReader {
public:
    explicit YamlReader(const std::string& text) {
        yaml_parser_initialize(&parser_);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    ~YamlReader() {
        yaml_event_delete(&event_);
        yaml_parser_delete(&parser_);
    }
    YamlReader(const YamlReader&) = delete;
    YamlReader& operator=(const YamlReader&) = delete;

    Read document() {
        if (!next(YAML_STREAM_START_EVENT) || !advance()) return error();
        if (event_.type == YAML_STREAM_END_EVENT) return Value();
        if (!advance()) return error();
        Read root = node(0);
        if (!root) return root;
        if (!next(YAML_DOCUMENT_END_EVENT) || !advance()) return error();
        if (event_.type != YAML_STREAM_END_EVENT) return fail("unexpected extra content after value");
        return root;
    }

private:
    // Lines count from zero and the first is not told, as its users know it.
    static std::string placed(size_t line, size_t column, std::string why) {
        if (line == 0) return why;
        return "on line " + std::to_string(line) + ", column " + std::to_string(column + 1) + ": " + why;
    }
    tl::unexpected<std::string> fail(std::string why) {
        return tl::unexpected<std::string>(placed(event_.start_mark.line, event_.start_mark.column, std::move(why)));
    }
    tl::unexpected<std::string> error() {
        const std::string why = parser_.problem ? parser_.problem : "invalid YAML syntax";
        const yaml_mark_t& mark = parser_.problem_mark;
        if (mark.line == 0)
            return tl::unexpected<std::string>(placed(parser_.context_mark.line, parser_.context_mark.column, why));
        if (parser_.error == YAML_SCANNER_ERROR) return tl::unexpected<std::string>(placed(mark.line + 1, 0, why));
        return tl::unexpected<std::string>(placed(mark.line, mark.column, why));
    }

    bool advance() {
        yaml_event_delete(&event_);
        return yaml_parser_parse(&parser_, &event_) != 0;
    }
    bool next(yaml_event_type_t type) { return advance() && event_.type == type; }

    static std::string text_of(const yaml_char_t* text) { return text ? reinterpret_cast<const char*>(text) : ""; }

    // The node that event_ begins.
    Read node(int depth) {
        if (depth > kMaxDepth) return fail("the document is nested too deeply");
        switch (event_.type) {
            case YAML_ALIAS_EVENT: {
                const std::string anchor = text_of(event_.data.alias.anchor);
                if (open_.contains(anchor))
                    return fail("cannot refer to anchor " + quote(anchor) + " from inside its own definition");
                auto it = anchors_.find(anchor);
                if (it == anchors_.end()) return fail("reference to undefined anchor " + quote(anchor));
                return it->second;
            }
            case YAML_SCALAR_EVENT: {
                const std::string anchor = text_of(event_.data.scalar.anchor);
                auto value = scalar();
                return value ? anchored(anchor, std::move(*value)) : fail(value.error());
            }
            case YAML_SEQUENCE_START_EVENT: {
                const std::string tag = text_of(event_.data.sequence_start.tag);
                if (!tag.empty() && tag != kTags + "seq") return fail("can't interpret sequence as " + tag);
                const std::string anchor = text_of(event_.data.sequence_start.anchor);
                return inside(anchor, [&] { return sequence(depth); });
            }
            case YAML_MAPPING_START_EVENT: {
                const std::string tag = text_of(event_.data.mapping_start.tag);
                if (!tag.empty() && tag != kTags + "map") return fail("can't interpret mapping as " + tag);
                const std::string anchor = text_of(event_.data.mapping_start.anchor);
                return inside(anchor, [&] { return mapping(depth); });
            }
            default: return fail("a value is expected here");
        }
    }

    Read anchored(const std::string& anchor, Value value) {
        if (value.weight() > kMaxValueWeight) return fail("the document is too large");
        if (!anchor.empty()) anchors_.insert_or_assign(anchor, value);
        return value;
    }

    template <class Collection>
    Read inside(const std::string& anchor, const Collection& collection) {
        if (anchor.empty()) {
            Read value = collection();
            return value ? anchored(anchor, std::move(*value)) : value;
        }
        const auto opened = open_.insert(anchor);
        Read value = collection();
        open_.erase(opened);
        return value ? anchored(anchor, std::move(*value)) : value;
    }

    // What a scalar stands for: by its look, unless it is quoted or its tag says that it is text. The error has no
    // place.
    Read scalar() {
        const std::string text(reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length);
        const std::string tag = text_of(event_.data.scalar.tag);
        const auto is = [&](std::string_view name) { return tag == kTags + std::string(name); };
        const auto refuse = [&](const std::string& more) {
            return tl::unexpected<std::string>("cannot parse " + quote(text) + " as " + tag + more);
        };
        if (!tag.empty() && !is("str") && !is("bool") && !is("int") && !is("float") && !is("null") &&
            !is("timestamp") && !is("binary"))
            return tl::unexpected<std::string>("unsupported tag " + quote(tag));
        if (is("str")) return Value::string(text);
        if (is("binary")) {
            std::string bytes;
            if (!base64_bytes(text, bytes)) return refuse(": not valid base64");
            return Value::string(text);
        }
        constexpr std::string_view kTelling = "+-.0123456789yYnNtTfFoO~";  // first letters that may mean more than text
        const bool may_mean_more = text.empty() || kTelling.find(text.front()) != std::string_view::npos;
        if (may_mean_more) {
            const yaml_scalar_style_t style = event_.data.scalar.style;
            if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)
                return Value::string(text);
            if (auto word = yaml_word(text)) return *word;
            if (tag.empty() && is_one_of(text, {".nan", ".NaN", ".NAN"}))
                return tl::unexpected<std::string>("floating point NaN is not supported");
            if (tag.empty() || is("timestamp")) {
                if (auto stamp = yaml_timestamp(text)) return Value::string(*stamp);
            }
            if (is_yaml_integer(text) || is_yaml_float(text)) {
                if (auto number = yaml_number(text)) return Value::number(*number);
                return tl::unexpected<std::string>("cannot parse " + quote(text) + " as " + kTags + "int");
            }
        }
        if (tag.empty()) return Value::string(text);
        if (is("null")) return Value();
        if (is("int") || is("float")) {
            if (auto number = yaml_number(text)) return Value::number(*number);
        }
        return refuse("");
    }

    Read sequence(int depth) {
        Value::Sequence out;
        for (;;) {
            if (!advance()) return error();
            if (event_.type == YAML_SEQUENCE_END_EVENT) return Value::tuple(std::move(out));
            Read item = node(depth + 1);
            if (!item) return item;
            out.push_back(*item);
        }
    }

    // A later entry replaces an earlier one of its name, be it merged or written.
    Read mapping(int depth) {
        Value::Entries out;
        for (;;) {
            if (!advance()) return error();
            if (event_.type == YAML_MAPPING_END_EVENT) return Value::object(std::move(out));
            if (event_.type != YAML_SCALAR_EVENT) return fail("only strings are allowed as mapping keys");
            const auto place = event_.start_mark;
            const auto refuse = [&](std::string why) {
                return tl::unexpected<std::string>(placed(place.line, place.column, std::move(why)));
            };
            std::optional<std::string> name;
            if (!is_merge()) {
                Read key = scalar();
                if (!key) return key;
                auto word = convert(*key, Type::string());
                if (!word) return fail("only strings are allowed as mapping keys");
                if (word->is_null()) return fail("mapping key cannot be null");
                name = word->as_string();
            }
            if (!advance()) return error();
            Read value = node(depth + 1);
            if (!value) return value;
            if (name) {
                out.insert_or_assign(*name, *value);
            } else if (auto why = merge(*value, out); !why.empty()) {
                return refuse(std::move(why));
            }
        }
    }

    bool is_merge() const {
        const std::string tag = text_of(event_.data.scalar.tag);
        return tag == kTags + "merge" || (tag.empty() && text_of(event_.data.scalar.value) == "<<");
    }

    // Why it cannot be done, or nothing.
    std::string merge(const Value& value, Value::Entries& out) {
        const auto is_mapping = [](const Value& v) { return !v.is_null() && v.type().is_keyed(); };
        std::vector<const Value*> mappings;
        if (is_mapping(value)) {
            mappings.push_back(&value);
        } else if (!value.is_null() && value.type().is_sequence()) {
            for (const Value& item : value.as_sequence()) {
                if (!is_mapping(item))
                    return "cannot merge " + item.type().friendly_name() + " (from sequence) into mapping";
                mappings.push_back(&item);
            }
        } else {
            return "cannot merge " + value.type().friendly_name() + " into mapping";
        }
        for (const Value* mapping : mappings) {
            merged_ += mapping->size();
            if (merged_ > kMaxMerged) return "the document merges too many entries";
            for (const auto& [name, item] : mapping->as_entries()) out.insert_or_assign(name, item);
        }
        return "";
    }

    static inline const std::string kTags = "tag:yaml.org,2002:";
    size_t merged_ = 0;  // entries
    yaml_parser_t parser_;
    yaml_event_t event_{};
    std::map<std::string, Value> anchors_;
    std::multiset<std::string> open_;  // anchors of collections that are not at their end
};

class YamlWriter {
public:
    YamlWriter() {
        yaml_emitter_initialize(&emitter_);
        yaml_emitter_set_output(&emitter_, append, &out_);
        yaml_emitter_set_unicode(&emitter_, 1);
    }
    ~YamlWriter() { yaml_emitter_delete(&emitter_); }
    YamlWriter(const YamlWriter&) = delete;
    YamlWriter& operator=(const YamlWriter&) = delete;

    tl::expected<std::string, std::string> write(const Value& value) {
        yaml_event_t event;
        bool good = yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) && emit(event) &&
                    yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1) && emit(event) &&
                    node(value) && yaml_document_end_event_initialize(&event, 1) && emit(event) &&
                    yaml_stream_end_event_initialize(&event) && emit(event);
        if (!good) return tl::unexpected<std::string>("the value cannot be written as YAML");
        // The end of the document is told behind a plain scalar, and nowhere else.
        constexpr std::string_view kEnd = "...\n";
        if (out_.ends_with("\n...\n")) out_.resize(out_.size() - kEnd.size());
        const bool plain = value.is_null() || (value.type().is_primitive() && !value.is(Kind::string));
        return plain ? out_ + std::string(kEnd) : out_;
    }

private:
    static int append(void* out, unsigned char* bytes, size_t size) {
        auto& text = *static_cast<std::string*>(out);
        if (text.size() + size > kMaxText) return 0;
        text.append(reinterpret_cast<const char*>(bytes), size);
        return 1;
    }

    bool emit(yaml_event_t& event) { return yaml_emitter_emit(&emitter_, &event) != 0; }

    bool scalar(const std::string& text, yaml_scalar_style_t style) {
        yaml_event_t event;
        return yaml_scalar_event_initialize(&event, nullptr, nullptr,
                                            reinterpret_cast<const unsigned char*>(text.data()),
                                            static_cast<int>(text.size()), 1, 1, style) &&
               emit(event);
    }

    bool text(const std::string& text) {
        bool lines = text.find('\n') != std::string::npos;
        return scalar(text, lines ? YAML_LITERAL_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    }

    bool node(const Value& value) {
        if (value.depth() > kMaxDepth) return false;
        if (value.is_null()) return scalar("null", YAML_PLAIN_SCALAR_STYLE);
        if (value.is(Kind::string)) return text(value.as_string());
        if (value.type().is_primitive()) {
            auto plain = convert(value, Type::string());
            return plain && scalar(plain->as_string(), YAML_PLAIN_SCALAR_STYLE);
        }
        yaml_event_t event;
        if (value.type().is_sequence()) {
            if (!yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE) ||
                !emit(event))
                return false;
            for (const Value& item : value.as_sequence()) {
                if (!node(item)) return false;
            }
            return yaml_sequence_end_event_initialize(&event) && emit(event);
        }
        if (!yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE) || !emit(event))
            return false;
        for (const auto& [key, item] : value.as_entries()) {
            if (!text(key) || !node(item)) return false;
        }
        return yaml_mapping_end_event_initialize(&event) && emit(event);
    }

    yaml_emitter_t emitter_;
    std::string out_;
};

}  // namespace

void add_yaml_functions(FunctionTable& table) {
    table["yamldecode"] = function({text_parameter("src")}, [](Arguments a) -> FunctionResult {
        auto value = YamlReader(a[0].as_string()).document();
        if (!value) return refuse_argument(0, value.error());
        return *value;
    });
    table["yamlencode"] = function({any_parameter("value", true)}, [](Arguments a) -> FunctionResult {
        auto text = YamlWriter().write(a[0]);
        if (!text) return refuse(text.error());
        return Value::string(*text);
    });
}

}  // namespace drover::hcl
