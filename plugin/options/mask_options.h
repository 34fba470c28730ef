// The properties of column mappers.
#pragma once

#include "plugin/options/options.h"
#include "plugin/value/mask.h"

namespace penstock {

// Adds the rule of column.truncate.to.N.chars, column.mask.with.N.chars, column.propagate.source.type,
// datatype.propagate.source.type or
// column.mask.hash.[v2.]ALGORITHM.with.salt.SALT; a salt @N is looked up in the setting penstock.salts
// (wire/mask_name.h). Errors do not show salts.
void take_mask(Array<MaskRule>& rules, const Setting& setting);

// In the order in which they are tried: by kind, and in each as they were given.
void order_masks(Array<MaskRule>& rules);

}  // namespace penstock
