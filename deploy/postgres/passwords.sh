#!/bin/sh
# After roles.sql, in the image of PostgreSQL: the roles' passwords from its environment.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --set owner="$OWNER_PASSWORD" --set app="$APP_PASSWORD" <<'SQL'
ALTER ROLE mustela_owner PASSWORD :'owner';
ALTER ROLE mustela_app PASSWORD :'app';
SQL
