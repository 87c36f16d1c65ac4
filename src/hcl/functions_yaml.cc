// yamldecode yamlencode
#include <yaml.h>

#include <algorithm>
#include <memory>

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

std::optional<Number> yaml_number(std::string_view text) {
    std::string plain;
    for (char c : text) {
        if (c != '_') plain += c;
    }
    std::string sign;
    if (!plain.empty() && (plain[0] == '-' || plain[0] == '+')) {
        sign = plain[0] == '-' ? "-" : "";
        plain.erase(0, 1);
    }
    if (plain.empty() || !(plain[0] == '.' || (plain[0] >= '0' && plain[0] <= '9'))) return std::nullopt;
    if (is_one_of(plain, {".inf", ".Inf", ".INF"})) return Number::infinity(!sign.empty());
    int base = has_prefix(plain, "0x") ? 16 : has_prefix(plain, "0o") ? 8 : has_prefix(plain, "0b") ? 2 : 0;
    if (base) return Number::parse_integer(sign + plain.substr(2), base);
    bool octal = plain.size() > 1 && plain[0] == '0' && plain.find_first_not_of("01234567") == std::string::npos;
    return octal ? Number::parse_integer(sign + plain, 8) : Number::parse(sign + plain);
}

// A date or a date with time, as RFC 3339 text.
std::optional<std::string> yaml_timestamp(const std::string& text) {
    static constexpr std::string_view kDate = "dddd-dd-dd";
    for (size_t i = 0; i < kDate.size(); ++i) {
        char c = i < text.size() ? text[i] : '\0';
        bool fits = kDate[i] == 'd' ? c >= '0' && c <= '9' : c == kDate[i];
        if (!fits) return std::nullopt;
    }
    std::string full = text.size() == kDate.size() ? text + "T00:00:00Z" : text;
    if (full[10] == ' ' || full[10] == 't') full[10] = 'T';
    bool zoned = full.back() == 'Z' || full.find_first_of("+-", 11) != std::string::npos;
    if (!zoned) full += "Z";
    if (!parse_time(full)) return std::nullopt;
    return full;
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
        if (event_.type != YAML_STREAM_END_EVENT) return fail("only a single document is allowed");
        return root;
    }

private:
    tl::unexpected<std::string> fail(std::string why) {
        return tl::unexpected<std::string>("on line " + std::to_string(event_.start_mark.line + 1) + ", column " +
                                           std::to_string(event_.start_mark.column + 1) + ": " + std::move(why));
    }
    tl::unexpected<std::string> error() {
        std::string why = parser_.problem ? parser_.problem : "the document is not complete";
        return tl::unexpected<std::string>("on line " + std::to_string(parser_.problem_mark.line + 1) + ": " + why);
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
                auto it = anchors_.find(text_of(event_.data.alias.anchor));
                if (it == anchors_.end())
                    return fail("reference to undefined anchor " + quote(text_of(event_.data.alias.anchor)));
                return it->second;
            }
            case YAML_SCALAR_EVENT: {
                std::string anchor = text_of(event_.data.scalar.anchor);
                return anchored(anchor, scalar());
            }
            case YAML_SEQUENCE_START_EVENT: {
                std::string anchor = text_of(event_.data.sequence_start.anchor);
                return anchored(anchor, sequence(depth));
            }
            case YAML_MAPPING_START_EVENT: {
                std::string anchor = text_of(event_.data.mapping_start.anchor);
                return anchored(anchor, mapping(depth));
            }
            default: return fail("a value is expected here");
        }
    }

    Read anchored(const std::string& anchor, Read value) {
        if (value && value->weight() > kMaxValueWeight) return fail("the document is too large");
        if (value && !anchor.empty()) anchors_.insert_or_assign(anchor, *value);
        return value;
    }

    Read scalar() {
        std::string text(reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length);
        std::string tag = text_of(event_.data.scalar.tag);
        if (has_prefix(tag, "tag:yaml.org,2002:")) tag = tag.substr(18);
        bool plain = event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        if (tag == "str" || tag == "!" || (tag.empty() && !plain)) return Value::string(text);
        if (tag == "binary") {
            std::string bytes;
            if (!base64_bytes(text, bytes)) return fail("cannot parse " + quote(text) + " as base64");
            return Value::string(base64_text(bytes));
        }
        if (!tag.empty() && !is_one_of(tag, {"null", "bool", "int", "float", "timestamp"}))
            return fail("unsupported tag " + quote(tag));
        Value value = resolved(text);
        bool fits = tag.empty() || (tag == "null" && value.is_null()) || (tag == "bool" && value.is(Kind::boolean)) ||
                    ((tag == "int" || tag == "float") && value.is(Kind::number)) || tag == "timestamp";
        return fits ? Read(value) : fail("cannot parse " + quote(text) + " as tag !!" + tag);
    }

    static Value resolved(const std::string& text) {
        if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return Value();
        if (is_one_of(text, {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"}))
            return Value::boolean(true);
        if (is_one_of(text, {"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"}))
            return Value::boolean(false);
        if (auto number = yaml_number(text)) return Value::number(*number);
        if (auto stamp = yaml_timestamp(text)) return Value::string(*stamp);
        return Value::string(text);
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

    Read mapping(int depth) {
        Value::Entries out;
        Value::Entries merged;
        for (;;) {
            if (!advance()) return error();
            if (event_.type == YAML_MAPPING_END_EVENT) break;
            bool merge = event_.type == YAML_SCALAR_EVENT && event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                         std::string_view(reinterpret_cast<const char*>(event_.data.scalar.value)) == "<<";
            Read key = node(depth + 1);
            if (!key) return key;
            auto name = convert(*key, Type::string());
            if (!name) return fail("only string keys are allowed");
            if (name->is_null()) return fail("mapping key cannot be null");
            if (!advance()) return error();
            Read value = node(depth + 1);
            if (!value) return value;
            if (!merge) {
                out.insert_or_assign(name->as_string(), *value);
            } else if (!merge_into(*value, merged)) {
                return fail(merged_ > kMaxMerged
                                ? "the document merges too many entries"
                                : "cannot merge a value that is not a mapping or a sequence of mappings");
            }
        }
        for (auto& [name, value] : merged) out.emplace(name, value);
        return Value::object(std::move(out));
    }

    bool merge_into(const Value& value, Value::Entries& out) {
        if (value.is_null()) return false;
        if (value.type().is_keyed()) {
            merged_ += value.size();
            if (merged_ > kMaxMerged) return false;
            for (const auto& [name, item] : value.as_entries()) out.emplace(name, item);
            return true;
        }
        if (!value.type().is_sequence()) return false;
        return std::all_of(value.as_sequence().begin(), value.as_sequence().end(), [&](const Value& item) {
            return !item.is_null() && item.type().is_keyed() && merge_into(item, out);
        });
    }

    size_t merged_ = 0;  // entries
    yaml_parser_t parser_;
    yaml_event_t event_{};
    std::map<std::string, Value> anchors_;
};

class YamlWriter {
public:
    YamlWriter() {
        yaml_emitter_initialize(&emitter_);
        yaml_emitter_set_output(&emitter_, append, &out_);
        yaml_emitter_set_unicode(&emitter_, 1);
        yaml_emitter_set_width(&emitter_, -1);
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
        return out_;
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
            if (!scalar(key, YAML_DOUBLE_QUOTED_SCALAR_STYLE) || !node(item)) return false;
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
