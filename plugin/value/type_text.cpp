#include "plugin/value/type_text.h"

#include "plugin/pg/compat.h"
#include "plugin/text/encoding.h"
#include "plugin/value/value_writers.h"

namespace penstock {
namespace {

constexpr const char* kSearchPath = "public";
constexpr size_t kShortText = 128;

// java.lang.Double.toString, without the quotes that JSON gives to what is no number.
void put_double(JsonWriter& text, double value) {
  if (__builtin_isnan(value)) return text.append("NaN");
  if (__builtin_isinf(value)) return text.append(value < 0 ? "-Infinity" : "Infinity");
  append_double(text, value);
}

void put_point(JsonWriter& text, const Point& point) {
  text.append('(');
  put_double(text, point.x);
  text.append(',');
  put_double(text, point.y);
  text.append(')');
}

void put_points(JsonWriter& text, const Point* points, int count) {
  for (int i = 0; i < count; ++i) {
    if (i > 0) text.append(',');
    put_point(text, points[i]);
  }
}

JsonWriter scratch() {
  JsonWriter text;
  text.open(CurrentMemoryContext, kShortText);
  return text;
}

std::string_view box_text(const Column&, Datum value) {
  const BOX* box = DatumGetBoxP(value);
  JsonWriter text = scratch();
  put_point(text, box->high);
  text.append(',');
  put_point(text, box->low);
  return text.view();
}

std::string_view lseg_text(const Column&, Datum value) {
  const LSEG* segment = DatumGetLsegP(value);
  JsonWriter text = scratch();
  text.append('[');
  put_points(text, segment->p, 2);
  text.append(']');
  return text.view();
}

std::string_view line_text(const Column&, Datum value) {
  const LINE* line = DatumGetLineP(value);
  JsonWriter text = scratch();
  text.append('{');
  put_double(text, line->A);
  text.append(',');
  put_double(text, line->B);
  text.append(',');
  put_double(text, line->C);
  text.append('}');
  return text.view();
}

std::string_view circle_text(const Column&, Datum value) {
  const CIRCLE* circle = DatumGetCircleP(value);
  JsonWriter text = scratch();
  text.append('<');
  put_point(text, circle->center);
  text.append(',');
  put_double(text, circle->radius);
  text.append('>');
  return text.view();
}

std::string_view path_text(const Column&, Datum value) {
  const PATH* path = DatumGetPathP(value);
  JsonWriter text = scratch();
  text.append(path->closed != 0 ? '(' : '[');
  put_points(text, path->p, path->npts);
  text.append(path->closed != 0 ? ')' : ']');
  return text.view();
}

std::string_view polygon_text(const Column&, Datum value) {
  const POLYGON* polygon = DatumGetPolygonP(value);
  JsonWriter text = scratch();
  text.append('(');
  put_points(text, polygon->p, polygon->npts);
  text.append(')');
  return text.view();
}

std::string_view output_text(const Column& column, Datum value) {
  return to_utf8(OutputFunctionCall(column.output, value));
}

std::string_view settled_text(const Column& column, Datum value) {
  return to_utf8(settled_output(column.output, value));
}

// Whether a type's text depends on settings of the session; true where that is not known.
bool depends_on_settings(Oid type) {
  switch (type) {
    case TSQUERYOID:
    case kPgLsnOid:
    case XIDOID:
    case CIDOID:
    case TIDOID:
    case JSONPATHOID:
    case REFCURSOROID:
      return false;
    default:
      return true;
  }
}

TextOf geometric_text(Oid type) {
  switch (type) {
    case BOXOID:
      return box_text;
    case LSEGOID:
      return lseg_text;
    case LINEOID:
      return line_text;
    case CIRCLEOID:
      return circle_text;
    case PATHOID:
      return path_text;
    case POLYGONOID:
      return polygon_text;
    default:
      return nullptr;
  }
}

bool are_settled() {
  return DateStyle == USE_ISO_DATES && IntervalStyle == INTSTYLE_POSTGRES && extra_float_digits > 0 &&
         bytea_output == BYTEA_OUTPUT_HEX && !quote_all_identifiers &&
         strcmp(pg_get_timezone_name(session_timezone), "UTC") == 0 &&
         strcmp(namespace_search_path, kSearchPath) == 0 && strcmp(locale_monetary, "C") == 0;
}

void settle(const char* name, const char* value) {
  set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

}  // namespace

void prepare_text(Column& column) {
  column.text = geometric_text(column.type);
  if (column.text != nullptr) return;
  Oid function = InvalidOid;
  bool varlena = false;
  getTypeOutputInfo(column.type, &function, &varlena);
  column.output = static_cast<FmgrInfo*>(palloc0(sizeof(FmgrInfo)));
  fmgr_info_cxt(function, column.output, CurrentMemoryContext);
  column.text = depends_on_settings(column.type) ? settled_text : output_text;
}

// If an ERROR leaves the output function, the end of the transaction undoes the settings.
const char* settled_output(FmgrInfo* output, Datum value) {
  if (are_settled()) return OutputFunctionCall(output, value);
  const int level = NewGUCNestLevel();
  settle("datestyle", "ISO");
  settle("intervalstyle", "postgres");
  settle("extra_float_digits", "1");
  settle("bytea_output", "hex");
  settle("quote_all_identifiers", "off");
  settle("timezone", "UTC");
  settle("search_path", kSearchPath);
  settle("lc_monetary", "C");
  const char* text = OutputFunctionCall(output, value);
  AtEOXact_GUC(true, level);
  return text;
}

bool write_text_base64(JsonWriter& json, const Column& column, Datum value) {
  const std::string_view text = column.text(column, value);
  json.append('"');
  append_base64(json, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  json.append('"');
  return true;
}

bool write_text_base64_url(JsonWriter& json, const Column& column, Datum value) {
  const std::string_view text = column.text(column, value);
  json.append('"');
  append_base64(json, reinterpret_cast<const unsigned char*>(text.data()), text.size(), true);
  json.append('"');
  return true;
}

bool write_text_hex(JsonWriter& json, const Column& column, Datum value) {
  const std::string_view text = column.text(column, value);
  json.append('"');
  append_hex(json, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  json.append('"');
  return true;
}

}  // namespace penstock
