// Debezium's shape around rows: key, before, after, source, transaction, op and times. Used by the stream and by
// penstock.snapshot(), so that they cannot differ. Knows neither callbacks nor frames.
#pragma once

#include <string_view>

#include "plugin/options/options.h"
#include "plugin/plan/plan.h"
#include "plugin/record/inputs.h"
#include "plugin/session/transaction.h"
#include "plugin/text/json_writer.h"

namespace penstock {

// Wall clock in nanoseconds since 1970.
int64 now_nanoseconds();

// {"id":1} of the plan's key columns.
void write_key(JsonWriter& json, const Plan& plan, const Row& row);

// Value of c, u, d, r or t; `before` and `after` may be null.
void write_envelope(JsonWriter& json, const Plan& plan, const SourceParts& source, const Stamp& stamp, char op,
                    const Row* before, const Row* after);

// True if every column of the value is written alike for both rows; a null that prints as its default is no value.
// `scratch` is cleared.
bool same_values(JsonWriter& scratch, const Plan& plan, const Row& before, const Row& after);

// Written into `json`, which must not move or shrink while they are used (it is only ever added to).
SourceParts make_source_parts(JsonWriter& json, const SourceFacts& facts);

}  // namespace penstock
