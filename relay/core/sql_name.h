// Names inside the commands that a problem advises, and that we run.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// `public` → "public", in double quotes always. `name` holds no zero byte.
std::string quote_identifier(std::string_view name);

// "public"."orders"
std::string quote_qualified(std::string_view schema, std::string_view name);

}  // namespace penstock
