#pragma once
// Several failures as one text, in the form that Nomad's users know: a count, then one indented line each. A list may
// stand inside another as one of its items.

#include <string>
#include <string_view>
#include <vector>

namespace drover::model {

class ErrorList {
public:
    void add(std::string text) { items_.push_back(std::move(text)); }
    // Another list as one item, unless it is empty.
    void add(const ErrorList& nested) {
        if (!nested.empty()) items_.push_back(nested.text());
    }
    void add(std::string_view prefix, const ErrorList& nested) {
        if (!nested.empty()) items_.push_back(std::string(prefix) + nested.text());
    }
    void append(const ErrorList& more) { items_.insert(items_.end(), more.items_.begin(), more.items_.end()); }

    bool empty() const { return items_.empty(); }
    const std::vector<std::string>& items() const { return items_; }

    // "2 errors occurred:\n\t* a\n\t* b\n\n"; empty text for an empty list.
    std::string text() const;

private:
    std::vector<std::string> items_;
};

// "1 warning:\n\n* a"; empty text for no warnings.
std::string warnings_text(const std::vector<std::string>& warnings);

}  // namespace drover::model
