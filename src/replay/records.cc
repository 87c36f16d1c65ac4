#include "replay/records.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/strings.h"
#include "codec/json.h"
#include "replay/csv.h"
#include "replay/json_split.h"

namespace drover::replay {
namespace {

using codec::Any;
using codec::Kind;
using codec::TypeInfo;

std::string shown(const Any& value) { return codec::to_json(value); }

Result<> wrong_kind(const Any& value, std::string_view wanted) {
    return fail(Error::bad_request(shown(value) + " is not " + std::string(wanted)));
}

std::optional<int64_t> whole(const Any& value) {
    if (const auto* n = value.as<int64_t>()) return *n;
    if (const auto* n = value.as<uint64_t>()) return *n <= INT64_MAX ? std::optional<int64_t>(*n) : std::nullopt;
    if (const auto* text = value.as<std::string>()) return parse_int(*text);
    return std::nullopt;
}

std::optional<bool> truth(const Any& value) {
    if (const auto* b = value.as<bool>()) return *b;
    if (const auto* text = value.as<std::string>()) return parse_bool(*text);
    return std::nullopt;
}

// A text, or a number as it is written.
std::optional<std::string> text_of(const Any& value) {
    if (const auto* text = value.as<std::string>()) return *text;
    if (value.as<int64_t>() || value.as<uint64_t>()) return shown(value);
    if (const auto* number = value.as<double>()) return format_float(*number);
    return std::nullopt;
}

Result<> put(const TypeInfo& type, void* target, const Any& value);

Result<> put_list(const TypeInfo& type, void* target, const Any& value) {
    codec::AnyList items;
    if (const auto* list = value.as<codec::AnyList>()) {
        items = *list;
    } else if (const auto* text = value.as<std::string>()) {
        for (const std::string& part : split(*text, ';')) items.emplace_back(std::string(trim(part)));
    } else {
        return wrong_kind(value, "a list");
    }
    for (const Any& item : items) {
        if (auto done = put(type.element(), type.append(target), item); !done) return done;
    }
    return {};
}

Result<> put_map(const TypeInfo& type, void* target, const Any& value) {
    codec::AnyMap members;
    if (const auto* map = value.as<codec::AnyMap>()) {
        members = *map;
    } else if (const auto* text = value.as<std::string>()) {
        for (const std::string& part : split(*text, ';')) {
            const size_t equals = part.find('=');
            if (equals == std::string::npos) return wrong_kind(value, "key=value;key=value");
            members[std::string(trim(std::string_view(part).substr(0, equals)))] =
                std::string(trim(std::string_view(part).substr(equals + 1)));
        }
    } else {
        return wrong_kind(value, "a map");
    }
    for (const auto& [key, member] : members) {
        if (auto done = put(type.element(), type.insert(target, key), member); !done) return done;
    }
    return {};
}

Result<> put_structure(const TypeInfo& type, void* target, const Any& value) {
    if (!value.as<codec::AnyMap>()) return wrong_kind(value, "an object");
    return codec::from_json(shown(value), type, target);
}

Result<> put(const TypeInfo& type, void* target, const Any& value) {
    switch (type.kind) {
        case Kind::integer: {
            const auto number = whole(value);
            if (!number || !codec::store_integer(type, target, *number)) return wrong_kind(value, "a whole number");
            return {};
        }
        case Kind::boolean: {
            const auto yes = truth(value);
            if (!yes) return wrong_kind(value, "true or false");
            *static_cast<bool*>(target) = *yes;
            return {};
        }
        case Kind::text: {
            auto text = text_of(value);
            if (!text) return wrong_kind(value, "a text");
            *static_cast<std::string*>(target) = std::move(*text);
            return {};
        }
        case Kind::list: return put_list(type, target, value);
        case Kind::map: return put_map(type, target, value);
        case Kind::pointer: return put(type.element(), type.emplace(target), value);
        default: return put_structure(type, target, value);
    }
}

Result<std::vector<Record>> csv_records(std::string_view text) {
    auto rows = parse_csv(text);
    if (!rows) return fail(rows.error());
    std::vector<Record> records;
    if (rows->empty()) return records;
    const CsvRow& head = rows->front();
    for (size_t i = 1; i < rows->size(); ++i) {
        CsvRow& row = (*rows)[i];
        if (row.cells.size() > head.cells.size())
            return fail(Error::bad_request("line " + std::to_string(row.line) + ": " +
                                           std::to_string(row.cells.size()) + " cells below " +
                                           std::to_string(head.cells.size()) + " columns"));
        Record record{row.line, {}};
        for (size_t c = 0; c < row.cells.size(); ++c) {
            if (!row.cells[c].empty()) record.fields.emplace_back(head.cells[c], std::move(row.cells[c]));
        }
        records.push_back(std::move(record));
    }
    return records;
}

Result<std::vector<Record>> json_records(std::string_view text) {
    auto pieces = split_json(text);
    if (!pieces) return fail(pieces.error());
    std::vector<Record> records;
    for (const JsonPiece& piece : *pieces) {
        auto value = codec::any_from_json(piece.text);
        if (!value) return fail(value.error().wrapped("line " + std::to_string(piece.line) + ": "));
        Record record{piece.line, {}};
        for (auto& [key, member] : *value->as<codec::AnyMap>()) {
            if (!member.is_null()) record.fields.emplace_back(key, std::move(member));
        }
        records.push_back(std::move(record));
    }
    return records;
}

}  // namespace

Error error_at(std::string_view name, size_t line, const Error& error) {
    return error.wrapped(std::string(name) + ":" + std::to_string(line) + ": ");
}

Error wrong_field(std::string_view field, std::string_view what) {
    return Error::bad_request("field " + std::string(field) + ": " + std::string(what));
}

Result<std::vector<Record>> read_records(std::string_view name, std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r\n");
    const bool json = first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
    auto records = json ? json_records(text) : csv_records(text);
    if (records) return records;
    // "line 3: .." becomes "name:3: ..".
    std::string message = records.error().message;
    if (has_prefix(message, "line ")) message = message.substr(5);
    return fail(Error::bad_request(std::string(name) + ":" + message));
}

Result<> fill(const Record& record, const TypeInfo& type, void* object) {
    for (const auto& [name, value] : record.fields) {
        const codec::FieldInfo* field = codec::find_json_field(type, name);
        if (!field) return fail(wrong_field(name, "unknown"));
        if (auto done = put(field->type(), codec::member(*field, object), value); !done)
            return fail(wrong_field(field->name, done.error().message));
    }
    return {};
}

}  // namespace drover::replay
