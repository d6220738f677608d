-- Two roles: one owns the tables and may change them, the other serves. Run by a superuser:
--
--   psql -f deploy/postgres/roles.sql
--
-- and give each its password: \password mustela_owner, \password mustela_app.

CREATE ROLE mustela_owner LOGIN;
CREATE ROLE mustela_app LOGIN;

-- Text is ordered by code point, whatever the server's locale.
CREATE DATABASE mustela OWNER mustela_owner
    TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';

\connect mustela

REVOKE ALL ON DATABASE mustela FROM PUBLIC;
GRANT CONNECT ON DATABASE mustela TO mustela_app;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO mustela_owner;
GRANT USAGE ON SCHEMA public TO mustela_app;

-- Of what the owner will make. (There is nothing yet.) The tables of Procrastinate, by which
-- workers hear of jobs, are in a schema of their own.
ALTER DEFAULT PRIVILEGES FOR ROLE mustela_owner
    GRANT USAGE ON SCHEMAS TO mustela_app;
ALTER DEFAULT PRIVILEGES FOR ROLE mustela_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mustela_app;
ALTER DEFAULT PRIVILEGES FOR ROLE mustela_owner
    GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO mustela_app;
