#include "relay/postgres/topic_groups.h"

#include "relay/postgres/sql_text.h"

namespace penstock {

Result<TopicGroups> topic_groups(Connection& sql, const std::vector<std::string>& topics) {
  std::string list;
  for (const std::string& topic : topics) list += (list.empty() ? "" : ", ") + quote_literal(topic);
  const std::string array = "ARRAY[" + list + "]::text[]";
  const PgResult rows =
      TRY(sql.run("SELECT topic, name FROM unnest(" + array + ", penstock.topic_groups(" + array + ", " +
                      config_argument(sql.settings().plugin_config) + ")) AS g(topic, name) WHERE name <> ''",
                  Activity::kProbing));
  TopicGroups groups;
  for (int row = 0; row < PQntuples(rows.get()); ++row) groups[field(rows, row, 0)] = field(rows, row, 1);
  return groups;
}

}  // namespace penstock
