#pragma once
// Ref<T>: an owning pointer to an object that counts its own references: 8 bytes, where a shared_ptr takes 16 and a
// control block. T has `mutable std::atomic<uint32_t> refs` starting at 0, and is immutable once readers can see it.
// Any thread may copy and drop references. A null Ref is allowed.

#include <atomic>
#include <cstdint>
#include <utility>

namespace drover::state {

// How a Ref's last owner frees the object; objects with storage behind them bring their own.
template <class T>
void destroy(T* object) {
    delete object;
}

template <class T>
class Ref {
public:
    Ref() = default;
    explicit Ref(T* object) : object_(object) { retain(); }
    Ref(const Ref& other) : object_(other.object_) { retain(); }
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() {
        if (object_ && object_->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(object_);
    }

    explicit operator bool() const { return object_ != nullptr; }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_; }
    T* get() const { return object_; }
    bool operator==(const Ref& other) const { return object_ == other.object_; }

private:
    void retain() {
        if (object_) object_->refs.fetch_add(1, std::memory_order_relaxed);
    }
    T* object_ = nullptr;
};

}  // namespace drover::state
