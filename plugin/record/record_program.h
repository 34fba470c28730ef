// What is left of a tree of nodes when a row comes: texts with values between them, one after the other.
#pragma once

#include <string_view>

#include "plugin/record/inputs.h"
#include "plugin/record/record_tree.h"

namespace penstock {

class Program {
 public:
  // `node` is not nullptr. In CurrentMemoryContext.
  static Program compile(const RecordNode& node, const ValueOptions& options);

  // Appends the JSON.
  void run(JsonWriter& json, const Inputs& inputs) const;
  // The same as the text of a Kafka header (Connect's SimpleHeaderConverter): strings bare. data() is null for null.
  // In CurrentMemoryContext.
  std::string_view header_text(const Inputs& inputs) const;

  // Whether it gives the same for every record; then `text` is that.
  bool is_constant() const { return steps_.size() == 0 || (steps_.size() == 1 && steps_[0].prints == Prints::kText); }
  // The steps, for templates that are filled in elsewhere.
  size_t size() const { return steps_.size(); }
  std::string_view text_of(size_t step) const { return steps_[step].text; }
  bool is_text(size_t step) const { return steps_[step].prints == Prints::kText; }

 private:
  struct Step {
    Prints prints = Prints::kText;
    Meta meta = Meta::kTsMs;
    bool old_row = false;
    bool keeps_null_members = false;
    std::string_view text;
    const Column* column = nullptr;
  };

  void add(const RecordNode& node);
  void add_text(std::string_view text);
  void close_text();
  void write_expanded(JsonWriter& json, const Step& step, const Row& row) const;

  Array<Step> steps_;
  JsonWriter text_;
  const ValueOptions* options_ = nullptr;
  bool is_string_ = false;
};

static_assert(JumpSafe<Program>);

// One value of a row. State and Datum are the row's.
void write_row_value(JsonWriter& json, const Column& column, const Row& row);

}  // namespace penstock
