#pragma once
// Message: an owned request or answer whose type is known only to those who know its endpoint. Moving it moves a
// pointer; nothing is encoded while it stays within the process.

#include <memory>
#include <utility>

#include "base/assert.h"
#include "codec/type.h"

namespace drover::server {

class Message {
public:
    Message() = default;

    template <class T>
    static Message of(T value) {
        return Message(codec::type_of<T>(), new T(std::move(value)), [](void* p) { delete static_cast<T*>(p); });
    }

    explicit operator bool() const { return value_ != nullptr; }
    const codec::TypeInfo& type() const { return *type_; }
    void* get() { return value_.get(); }
    const void* get() const { return value_.get(); }

    // The content, which must be of that very type.
    template <class T>
    T& as() {
        assert_always(type_ == &codec::type_of<T>());
        return *static_cast<T*>(value_.get());
    }
    template <class T>
    const T& as() const {
        assert_always(type_ == &codec::type_of<T>());
        return *static_cast<const T*>(value_.get());
    }

private:
    using Deleter = void (*)(void*);
    Message(const codec::TypeInfo& type, void* value, Deleter deleter) : type_(&type), value_(value, deleter) {}

    const codec::TypeInfo* type_ = nullptr;
    std::unique_ptr<void, Deleter> value_{nullptr, [](void*) {}};
};

}  // namespace drover::server
