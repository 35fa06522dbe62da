-- What happened, by the hour: what dashboards read. Each connection that writes has a slot of its own, so that no two wait for one row; reading sums over slots, and retention
-- puts those of past hours together in slot 0. The account comes first, so that a year of it lies together; counters are in no index and updated in place (HOT).
CREATE TABLE rollup (
    account_sid  uuid     NOT NULL,
    hour         integer  NOT NULL, -- hours since 1970 (UTC)
    service_sid  uuid     NOT NULL,
    country      text     COLLATE "C" NOT NULL, -- ISO 3166-1 alpha-2, empty for none
    channel      smallint NOT NULL,
    carrier      text     COLLATE "C" NOT NULL, -- empty for none
    error        integer  NOT NULL, -- DeliveryError, 0 for none
    slot         smallint NOT NULL,
    starts       bigint   NOT NULL DEFAULT 0,
    sends        bigint   NOT NULL DEFAULT 0,
    failed       bigint   NOT NULL DEFAULT 0,
    too_late     bigint   NOT NULL DEFAULT 0,
    delivered    bigint   NOT NULL DEFAULT 0,
    undelivered  bigint   NOT NULL DEFAULT 0,
    read         bigint   NOT NULL DEFAULT 0,
    approved     bigint   NOT NULL DEFAULT 0,
    canceled     bigint   NOT NULL DEFAULT 0,
    max_attempts bigint   NOT NULL DEFAULT 0,
    segments     bigint   NOT NULL DEFAULT 0,
    PRIMARY KEY (account_sid, hour, service_sid, country, channel, carrier, error, slot)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);

-- What goes, oldest first, and what is still to be put together.
CREATE INDEX rollup_by_hour ON rollup USING brin (hour);
CREATE INDEX rollup_in_slots ON rollup (hour) WHERE slot <> 0;

-- The destination's country, empty for none; null for attempts that count nowhere: those from before there was a rollup, of test numbers, and tests of carriers.
ALTER TABLE attempt ADD COLUMN country text;
