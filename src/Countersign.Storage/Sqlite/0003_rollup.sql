-- What happened, by the hour: what dashboards read. Few rows, each updated once per batch. The hour comes first, so that what is written lies together in the newest
-- pages, and what is old goes from the front.
CREATE TABLE rollup (
    hour         INTEGER NOT NULL, -- hours since 1970 (UTC)
    account_sid  BLOB    NOT NULL,
    service_sid  BLOB    NOT NULL,
    country      TEXT    NOT NULL, -- ISO 3166-1 alpha-2, empty for none
    channel      INTEGER NOT NULL,
    carrier      TEXT    NOT NULL, -- empty for none
    error        INTEGER NOT NULL, -- DeliveryError, 0 for none
    starts       INTEGER NOT NULL,
    sends        INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    too_late     INTEGER NOT NULL,
    delivered    INTEGER NOT NULL,
    undelivered  INTEGER NOT NULL,
    read         INTEGER NOT NULL,
    approved     INTEGER NOT NULL,
    canceled     INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    segments     INTEGER NOT NULL,
    PRIMARY KEY (hour, account_sid, service_sid, country, channel, carrier, error)
) STRICT, WITHOUT ROWID;

-- The destination's country, empty for none; null for attempts that count nowhere: those from before there was a rollup, of test numbers, and tests of carriers.
ALTER TABLE attempt ADD COLUMN country TEXT;
