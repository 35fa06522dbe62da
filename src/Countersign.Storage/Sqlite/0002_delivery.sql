-- An account's named settings: carriers, routes, templates and the like. Few rows, all of them held in memory as well.
CREATE TABLE registry (
    position    INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of creation
    kind        TEXT    NOT NULL,
    account_sid BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    body        TEXT    NOT NULL, -- JSON; a member that is missing has its default
    secrets     BLOB,             -- sealed JSON
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (kind, account_sid, name)
) STRICT;

ALTER TABLE attempt ADD COLUMN account_sid BLOB;
ALTER TABLE attempt ADD COLUMN is_first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN error INTEGER;  -- DeliveryError
ALTER TABLE attempt ADD COLUMN route TEXT;
ALTER TABLE attempt ADD COLUMN tries TEXT;     -- JSON; null for a message that the sandbox took at once
ALTER TABLE attempt ADD COLUMN charge TEXT;    -- JSON: price, currency, network

-- Receipts name messages by the carrier's own ids. What the sandbox sends needs no index, and must not pay for one.
CREATE INDEX attempt_by_message ON attempt (carrier_message_id) WHERE carrier_message_id IS NOT NULL AND carrier <> 'sandbox';

-- Receipts that came before their attempt was recorded: a carrier may be faster than our commit.
CREATE TABLE early_receipt (
    position           INTEGER PRIMARY KEY,
    account_sid        BLOB    NOT NULL,
    carrier            TEXT    NOT NULL,
    attempt_sid        BLOB,
    carrier_message_id TEXT,
    body               TEXT    NOT NULL, -- JSON
    received_at        INTEGER NOT NULL
) STRICT;

CREATE INDEX early_receipt_by_attempt ON early_receipt (attempt_sid) WHERE attempt_sid IS NOT NULL;
CREATE INDEX early_receipt_by_message ON early_receipt (carrier_message_id) WHERE carrier_message_id IS NOT NULL;

-- What routes have learned of carriers: one row, replaced.
CREATE TABLE route_score (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    body     TEXT    NOT NULL, -- JSON
    taken_at INTEGER NOT NULL
) STRICT;

-- Moments at which a pending verification goes on to the next channel of its plan.
CREATE TABLE alarm (
    position         INTEGER PRIMARY KEY,
    due_at           INTEGER NOT NULL,
    service_sid      BLOB    NOT NULL,
    verification_sid BLOB    NOT NULL,
    attempt_sid      BLOB    NOT NULL
) STRICT;

CREATE INDEX alarm_by_time ON alarm (due_at);
