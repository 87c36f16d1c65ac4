#pragma once
// Containers of described types. Go tells a null slice, map or pointer from an empty one, and so do the API and the
// wire:
// - List<T>: a vector that can also be null (its default); anything in it makes it non-null.
// - Map<T>: an ordered map from string with the same distinction.
// - Bytes: a byte string with the same distinction; base64 in JSON.
// - Opt<T>: a scalar that may be absent (Go: *bool, *int, ...).
// - Box<T>: an owned struct that may be null (Go: *T); copies deeply.
// - Shared<T>: a published, immutable struct that may be null; copies share.

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drover {

template <class T>
struct List : std::vector<T> {
    using std::vector<T>::vector;
    List() = default;
    List(std::initializer_list<T> items) : std::vector<T>(items), made(true) {}
    explicit List(std::vector<T> items) : std::vector<T>(std::move(items)), made(true) {}

    bool made = false;  // with no elements: [] and not null
    bool is_null() const { return this->empty() && !made; }
    void set_null() { this->clear(), made = false; }

    bool operator==(const List& other) const {
        return is_null() == other.is_null() &&
               static_cast<const std::vector<T>&>(*this) == static_cast<const std::vector<T>&>(other);
    }
};

template <class T>
struct Map : std::map<std::string, T, std::less<>> {
    using Base = std::map<std::string, T, std::less<>>;
    using Base::Base;
    Map() = default;
    Map(std::initializer_list<std::pair<const std::string, T>> items) : Base(items), made(true) {}

    bool made = false;  // with no entries: {} and not null
    bool is_null() const { return this->empty() && !made; }
    void set_null() { this->clear(), made = false; }

    // The value of a key, or null.
    const T* get(std::string_view key) const {
        auto it = this->find(key);
        return it == this->end() ? nullptr : &it->second;
    }

    bool operator==(const Map& other) const {
        return is_null() == other.is_null() && static_cast<const Base&>(*this) == static_cast<const Base&>(other);
    }
};

struct Bytes : std::string {
    using std::string::string;
    Bytes() = default;
    Bytes(std::string bytes) : std::string(std::move(bytes)), made(true) {}

    bool made = false;
    bool is_null() const { return empty() && !made; }
};

template <class T>
using Opt = std::optional<T>;

template <class T>
class Box {
public:
    Box() = default;
    Box(std::nullptr_t) {}
    Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Box(const Box& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
    Box(Box&&) noexcept = default;
    Box& operator=(const Box& other) {
        if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
        return *this;
    }
    Box& operator=(Box&&) noexcept = default;

    explicit operator bool() const { return value_ != nullptr; }
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }
    T* operator->() { return value_.get(); }
    const T* operator->() const { return value_.get(); }
    T* get() { return value_.get(); }
    const T* get() const { return value_.get(); }
    void reset() { value_.reset(); }

    // The struct, made empty first if it is null.
    T& make() {
        if (!value_) value_ = std::make_unique<T>();
        return *value_;
    }

    bool operator==(const Box& other) const {
        if (!value_ || !other.value_) return !value_ && !other.value_;
        return *value_ == *other.value_;
    }

private:
    std::unique_ptr<T> value_;
};

template <class T>
using Shared = std::shared_ptr<const T>;

}  // namespace drover
