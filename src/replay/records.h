#pragma once
// Rows of a described type from a text that is CSV (the first line names the columns) or JSON (an array of objects, or
// one after another). Column and member names are those of the type, in any case. Unknown ones are errors, and so is a
// value of another kind; a cell that is empty leaves the default.
//
// In a cell, and in JSON where it is shorter, a list is "a;b" and a map "key=value;key=value". Members that are
// structures are for JSON alone. Any thread. Errors read `trace.csv:3: field CPU: "x" is not a whole number`.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::replay {

// One row before its members are known.
struct Record {
    size_t line = 0;
    std::vector<std::pair<std::string, codec::Any>> fields;
};

// `name` stands before messages.
Result<std::vector<Record>> read_records(std::string_view name, std::string_view text);

// The message without the file's name.
Result<> fill(const Record& record, const codec::TypeInfo& type, void* object);

Error error_at(std::string_view name, size_t line, const Error& error);
Error wrong_field(std::string_view field, std::string_view what);

template <class T>
struct Row {
    size_t line = 0;
    T value;
};

template <class T>
Result<std::vector<Row<T>>> read_rows(std::string_view name, std::string_view text) {
    auto records = read_records(name, text);
    if (!records) return fail(records.error());
    std::vector<Row<T>> rows(records->size());
    for (size_t i = 0; i < rows.size(); ++i) {
        rows[i].line = (*records)[i].line;
        if (auto filled = fill((*records)[i], codec::type_of<T>(), &rows[i].value); !filled)
            return fail(error_at(name, rows[i].line, filled.error()));
    }
    return rows;
}

}  // namespace drover::replay
