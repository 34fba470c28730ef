// What may live across a call into the server. ereport(ERROR) jumps over our frames and runs no destructor, so every
// type alive there is trivially destructible; the exceptions are the scopes below, whose destructors undo only what the
// server's own error recovery undoes too.
//
// Three lifetimes, each a memory context below ctx->context: decoder (options, patterns), plan (one per relation,
// deleted when it is built anew) and change (reset after every change).
#pragma once

#include "plugin/pg/pg.h"

namespace penstock {

template <typename T>
concept JumpSafe = std::is_trivially_destructible_v<T>;

// Allocates in `context` until the end of the scope.
class ContextScope {
 public:
  explicit ContextScope(MemoryContext context) : outer_(MemoryContextSwitchTo(context)) {}
  ~ContextScope() { MemoryContextSwitchTo(outer_); }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  MemoryContext outer_;
};

// As ContextScope, and the context is emptied at the end: for the scratch of one change. Scopes on one context must not
// be nested: the inner one would empty the scratch of the outer.
class ScratchScope {
 public:
  explicit ScratchScope(MemoryContext context) : context_(context), outer_(MemoryContextSwitchTo(context)) {
    if (__builtin_expect(outer_ == context, 0)) elog(ERROR, "scratch scopes are nested");
  }
  ~ScratchScope() {
    MemoryContextSwitchTo(outer_);
    MemoryContextReset(context_);
  }
  ScratchScope(const ScratchScope&) = delete;
  ScratchScope& operator=(const ScratchScope&) = delete;

 private:
  MemoryContext context_;
  MemoryContext outer_;
};

// Allocates in a context of its own below the current one, which is gone at the end of the scope: for what is large and
// needed for a moment.
class TemporaryScope {
 public:
  TemporaryScope()
      : context_(AllocSetContextCreate(CurrentMemoryContext, "penstock temporary", ALLOCSET_DEFAULT_SIZES)),
        outer_(MemoryContextSwitchTo(context_)) {}
  ~TemporaryScope() {
    MemoryContextSwitchTo(outer_);
    MemoryContextDelete(context_);
  }
  TemporaryScope(const TemporaryScope&) = delete;
  TemporaryScope& operator=(const TemporaryScope&) = delete;

 private:
  MemoryContext context_;
  MemoryContext outer_;
};

// `count` objects, value-initialised, in CurrentMemoryContext.
template <JumpSafe T>
std::span<T> palloc_span(size_t count) {
  T* first = static_cast<T*>(palloc_extended(sizeof(T) * (count == 0 ? 1 : count), MCXT_ALLOC_HUGE));
  for (size_t i = 0; i < count; ++i) new (static_cast<void*>(first + i)) T{};
  return {first, count};
}

template <JumpSafe T>
T* palloc_one() {
  return palloc_span<T>(1).data();
}

// A copy in CurrentMemoryContext, with a terminator behind it that the view does not count.
inline std::string_view palloc_copy(std::string_view text) {
  char* copy = static_cast<char*>(palloc(text.size() + 1));
  if (!text.empty()) memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return {copy, text.size()};
}

// A growing array. The first item decides the memory context: the one that is current then; it grows there whatever is
// current later, and is freed with it. What it grows out of is left there too, so that views of the items stay good for
// reading. It can be moved and not copied, as two that grow in one place would write over each other: who only reads
// takes a reference, or a span of begin() and size().
template <JumpSafe T>
class Array {
 public:
  Array() = default;
  Array(Array&& other) noexcept { *this = static_cast<Array&&>(other); }
  Array& operator=(Array&& other) noexcept {
    items_ = std::exchange(other.items_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  void add(T item) {
    if (size_ == capacity_) grow();
    new (static_cast<void*>(items_ + size_++)) T(std::move(item));
  }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  T& operator[](size_t i) { return items_[i]; }
  const T& operator[](size_t i) const { return items_[i]; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

 private:
  void grow() {
    MemoryContext const context = items_ == nullptr ? CurrentMemoryContext : GetMemoryChunkContext(items_);
    const size_t capacity = capacity_ == 0 ? 8 : capacity_ * 2;
    T* items = static_cast<T*>(MemoryContextAllocHuge(context, sizeof(T) * capacity));
    if (size_ > 0) memcpy(static_cast<void*>(items), static_cast<const void*>(items_), sizeof(T) * size_);
    items_ = items;
    capacity_ = capacity;
  }

  T* items_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

static_assert(!std::is_copy_constructible_v<Array<int>> && !std::is_copy_assignable_v<Array<int>>);

}  // namespace penstock
