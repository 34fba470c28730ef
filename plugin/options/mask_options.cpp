#include "plugin/options/mask_options.h"

#include "plugin/options/option_values.h"
#include "plugin/text/encoding.h"
#include "wire/mask_name.h"
#include "wire/options.h"

namespace penstock {
namespace {

[[noreturn]] void refuse_name(std::string_view name, const char* expected) {
  ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
          errmsg("unrecognized option \"%.*s\"", length(name), name.data()), errhint("%s", expected));
  pg_unreachable();
}

// The number between `before` and ".chars".
int64 number_in(std::string_view name, std::string_view before) {
  std::string_view digits = name;
  digits.remove_prefix(before.size());
  digits.remove_suffix(std::string_view(".chars").size());
  int64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') refuse_name(name, "Before .chars there must be a whole number.");
  }
  if (!wire::parse_integer(digits, number) || number > std::numeric_limits<int32_t>::max()) {
    refuse_name(name, "Before .chars there must be a whole number.");
  }
  return number;
}

int hex_digit(char c) {
  const char lower = wire::to_lower_ascii(c);
  return lower >= '0' && lower <= '9' ? lower - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The salt that a reference @N stands for.
std::string_view held_salt(std::string_view reference) {
  int64_t number = 0;
  const char* held = GetConfigOption(wire::kSaltsSetting.data(), true, false);
  if (!wire::parse_integer(reference, number) || number < 0 || held == nullptr) held = "";
  std::string_view rest = held;
  for (int64_t i = 0; i < number && rest.data() != nullptr; ++i) wire::take_part(rest, ',');
  const std::string_view hex = rest.data() == nullptr ? rest : wire::take_part(rest, ',');
  char* const salt = static_cast<char*>(palloc(hex.size() / 2 + 1));
  bool fine = number >= 0 && !hex.empty() && hex.size() % 2 == 0;
  for (size_t i = 0; fine && i < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
    fine = high >= 0 && low >= 0;
    salt[i / 2] = static_cast<char>(high * 16 + low);
  }
  if (!fine) {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("salt @%.*s is not in the setting penstock.salts", length(reference), reference.data()),
            errhint("The setting holds salts in hexadecimal with commas between them; @0 is the first one."));
  }
  return {salt, hex.size() / 2};
}

MaskRule hash_rule(const wire::HashName& name) {
  MaskRule rule;
  rule.kind = name.v2 ? MaskRule::Kind::kHashV2 : MaskRule::Kind::kHash;
  rule.digest = find_digest(name.algorithm);
  if (rule.digest == nullptr) {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("hash algorithm \"%.*s\" of option \"%.*s...\" is not supported", length(name.algorithm),
                   name.algorithm.data(), length(name.before_salt), name.before_salt.data()),
            errhint("It must be one of: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512, SHA-512/224, SHA-512/256, "
                    "SHA3-224, SHA3-256, SHA3-384, SHA3-512."));
  }
  std::string_view salt = name.salt;
  if (salt.front() == wire::kSaltReference) {
    salt.remove_prefix(1);
    rule.salt = held_salt(salt);
  } else {
    rule.salt = palloc_copy(to_utf8(salt));
  }
  return rule;
}

}  // namespace

void take_mask(Array<MaskRule>& rules, const Setting& setting) {
  constexpr std::string_view kTruncate = "column.truncate.to.";
  constexpr std::string_view kStars = "column.mask.with.";
  const std::string_view name = setting.name;
  MaskRule rule;
  std::string_view shown = name;
  wire::HashName hash;
  if (name.starts_with(kTruncate)) {
    rule.length = number_in(name, kTruncate);
  } else if (name.starts_with(kStars)) {
    rule.kind = MaskRule::Kind::kStars;
    rule.length = number_in(name, kStars);
  } else if (name == "column.propagate.source.type") {
    rule.kind = MaskRule::Kind::kPropagate;
  } else if (name == "datatype.propagate.source.type") {
    rule.kind = MaskRule::Kind::kPropagateType;
  } else if (wire::parse_hash_name(name, hash)) {
    rule = hash_rule(hash);
    shown = hash.before_salt;
  } else {
    refuse_name(wire::kHashPrefix,
                "It must be column.mask.hash.<algorithm>.with.salt.<salt>, or the same with hash.v2.");
  }
  add_patterns(rule.columns, setting.value, shown);
  rules.add(std::move(rule));
}

void order_masks(Array<MaskRule>& rules) {
  for (size_t i = 1; i < rules.size(); ++i) {
    for (size_t k = i; k > 0 && rules[k].kind < rules[k - 1].kind; --k) std::swap(rules[k], rules[k - 1]);
  }
}

}  // namespace penstock
