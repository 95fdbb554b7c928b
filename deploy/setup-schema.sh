#!/bin/sh
# Creates Temporal's two databases, or brings their schemas up to this image's version. Safe to run again.
set -eu

versions=/etc/temporal/schema/postgresql/v12

for database in temporal temporal_visibility; do
  kind=${database#temporal_}
  temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" --port 5432 --user "$SQL_USER" --db "$database" create
  temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" --port 5432 --user "$SQL_USER" --db "$database" setup-schema -v 0.0
  temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" --port 5432 --user "$SQL_USER" --db "$database" \
    update-schema -d "$versions/$kind/versioned"
done
