// base64decode base64encode csvdecode jsondecode jsonencode urlencode
#include "base/strings.h"
#include "hcl/function_helpers.h"
#include "hcl/json.h"

namespace drover::hcl {
namespace {

using Kind = Type::Kind;

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool write_json(const Value& value, std::string& out) {
    if (out.size() > kMaxText) return false;
    if (value.is_null()) {
        out += "null";
    } else if (value.is(Kind::boolean)) {
        out += value.as_bool() ? "true" : "false";
    } else if (value.is(Kind::number)) {
        auto text = number_text(value.as_number());
        if (!text || value.as_number().is_infinite()) return false;
        out += *text;
    } else if (value.is(Kind::string)) {
        out += json_quote(value.as_string());
    } else if (value.type().is_sequence()) {
        out += "[";
        bool first = true;
        for (const Value& item : value.as_sequence()) {
            if (!std::exchange(first, false)) out += ",";
            if (!write_json(item, out)) return false;
        }
        out += "]";
    } else {
        out += "{";
        bool first = true;
        for (const auto& [key, item] : value.as_entries()) {
            if (!std::exchange(first, false)) out += ",";
            out += json_quote(key) + ":";
            if (!write_json(item, out)) return false;
        }
        out += "}";
    }
    return true;
}

tl::expected<Value, std::string> from_json(const JsonNode& node) {
    switch (node.kind) {
        case JsonNode::Kind::null: return Value();
        case JsonNode::Kind::boolean: return Value::boolean(node.flag);
        case JsonNode::Kind::string: return Value::string(node.text);
        case JsonNode::Kind::number: {
            auto number = Number::parse(node.text);
            if (!number) return tl::unexpected<std::string>("the number " + node.text + " is out of range");
            return Value::number(*number);
        }
        case JsonNode::Kind::array: {
            Value::Sequence out;
            for (const JsonNode& item : node.items) {
                auto value = from_json(item);
                if (!value) return value;
                out.push_back(*value);
            }
            return Value::tuple(std::move(out));
        }
        case JsonNode::Kind::object: {
            Value::Entries out;
            for (const JsonMember& member : node.members) {
                auto value = from_json(member.value);
                if (!value) return value;
                out.insert_or_assign(member.name, *value);
            }
            return Value::object(std::move(out));
        }
    }
    return Value();
}

FunctionResult url_encode(Arguments a) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : a[0].as_string()) {
        auto byte = static_cast<unsigned char>(c);
        bool plain = byte < 0x80 && (std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~');
        if (plain) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 0xF];
        }
    }
    return Value::string(out);
}

using Row = std::vector<std::string>;

// RFC 4180 with line ends of any kind; blank lines are skipped.
tl::expected<std::vector<Row>, std::string> csv_rows(const std::string& text) {
    std::vector<Row> rows;
    size_t at = 0;
    size_t line = 1;
    auto wrong = [&](const std::string& what) {
        return tl::unexpected<std::string>("line " + std::to_string(line) + ": " + what);
    };
    while (at < text.size()) {
        Row row(1);
        bool blank = true;
        for (;;) {
            if (at < text.size() && text[at] == '"') {
                blank = false;
                ++at;
                for (;; ++at) {
                    if (at >= text.size()) return wrong("extraneous or missing \" in quoted-field");
                    if (text[at] == '\n') ++line;
                    if (text[at] != '"') {
                        row.back() += text[at];
                    } else if (at + 1 < text.size() && text[at + 1] == '"') {
                        row.back() += text[++at];
                    } else {
                        break;
                    }
                }
                ++at;
                bool ends =
                    at >= text.size() || text[at] == ',' || text[at] == '\n' || text.compare(at, 2, "\r\n") == 0;
                if (!ends) return wrong("extraneous or missing \" in quoted-field");
            }
            while (at < text.size() && text[at] != ',' && text[at] != '\n') {
                if (text.compare(at, 2, "\r\n") == 0) {
                    ++at;
                    break;
                }
                if (text[at] == '"') return wrong("bare \" in non-quoted-field");
                row.back() += text[at++];
                blank = false;
            }
            if (at >= text.size() || text[at] != ',') break;
            blank = false;
            row.emplace_back();
            ++at;
        }
        ++at;
        ++line;
        if (!blank) rows.push_back(std::move(row));
    }
    return rows;
}

FunctionResult csv_decode(Arguments a) {
    auto rows = csv_rows(a[0].as_string());
    if (!rows) return refuse("CSV parse error on " + rows.error());
    if (rows->empty()) return refuse("missing header line");
    const Row& header = rows->front();
    Type::Attributes types;
    for (const std::string& name : header) {
        if (!types.emplace(name, Type::string()).second) return refuse("duplicate column name " + quote(name));
    }
    Value::Sequence out;
    for (size_t i = 1; i < rows->size(); ++i) {
        const Row& row = (*rows)[i];
        if (row.size() != header.size())
            return refuse("CSV parse error on line " + std::to_string(i + 1) + ": wrong number of fields");
        Value::Entries entries;
        for (size_t j = 0; j < row.size(); ++j) entries.emplace(header[j], Value::string(row[j]));
        out.push_back(Value::object(std::move(entries)));
    }
    return Value::list(Type::object(std::move(types)), std::move(out));
}

}  // namespace

tl::expected<std::string, std::string> json_text(const Value& value) {
    std::string out;
    if (!write_json(value, out)) return tl::unexpected<std::string>("the value cannot be written as JSON");
    return out;
}

tl::expected<Value, std::string> json_value(std::string_view text) {
    auto source = std::make_shared<const Source>(Source{"", std::string(text)});
    Diagnostics diags;
    JsonNode node = parse_json(source, diags);
    if (diags.has_errors()) {
        // What tells it adds the full stop.
        std::string_view detail = diags.front().detail;
        if (has_suffix(detail, ".")) detail.remove_suffix(1);
        return tl::unexpected<std::string>(std::string(detail));
    }
    return from_json(node);
}

std::string base64_text(std::string_view bytes) {
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        size_t have = std::min<size_t>(3, bytes.size() - i);
        uint32_t word = 0;
        for (size_t j = 0; j < 3; ++j) word = word << 8 | (j < have ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        for (size_t j = 0; j < 4; ++j) out += j <= have ? kBase64[word >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

bool base64_bytes(std::string_view text, std::string& out) {
    std::string digits;
    for (char c : text) {
        if (c != '\n' && c != '\r') digits += c;
    }
    if (digits.size() % 4 != 0) return false;
    out.clear();
    for (size_t i = 0; i < digits.size(); i += 4) {
        uint32_t word = 0;
        size_t padding = 0;
        for (size_t j = 0; j < 4; ++j) {
            char c = digits[i + j];
            const char* found = c == '=' ? nullptr : std::char_traits<char>::find(kBase64, 64, c);
            bool last = i + 4 == digits.size();
            if (c == '=' && last && j >= 2) {
                ++padding;
            } else if (!found || padding > 0) {
                return false;
            }
            word = word << 6 | (found ? static_cast<uint32_t>(found - kBase64) : 0u);
        }
        for (size_t j = 0; j + padding < 3; ++j) out += static_cast<char>(word >> (16 - 8 * j) & 0xFF);
    }
    return true;
}

void add_encoding_functions(FunctionTable& table) {
    table["base64encode"] = function({text_parameter("str")}, [](Arguments a) -> FunctionResult {
        return Value::string(base64_text(a[0].as_string()));
    });
    table["base64decode"] = function({text_parameter("str")}, [](Arguments a) -> FunctionResult {
        std::string out;
        if (!base64_bytes(a[0].as_string(), out))
            return refuse("failed to decode base64 data '" + a[0].as_string() + "'");
        if (!is_valid_utf8(out)) return refuse("the result of decoding the provided string is not valid UTF-8");
        return Value::string(out);
    });
    table["csvdecode"] = function({text_parameter("str")}, csv_decode);
    table["urlencode"] = function({text_parameter("str")}, url_encode);
    table["jsonencode"] = function({any_parameter("val", true)}, [](Arguments a) -> FunctionResult {
        auto text = json_text(a[0]);
        if (!text) return refuse(text.error());
        return Value::string(*text);
    });
    table["jsondecode"] = function({text_parameter("str")}, [](Arguments a) -> FunctionResult {
        auto value = json_value(a[0].as_string());
        if (!value) return refuse(value.error());
        return *value;
    });
}

}  // namespace drover::hcl
