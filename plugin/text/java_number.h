// Floating point numbers as Java prints them.
#pragma once

#include "plugin/text/json_writer.h"

namespace penstock {

// Java's Double.toString as JSON: NaN and the infinities are quoted.
void append_double(JsonWriter& json, double value);
void append_real(JsonWriter& json, float value);  // Float.toString

}  // namespace penstock
