-- What became of each send, and why.
CREATE TABLE attempt (
    sid                uuid     NOT NULL,
    shard              smallint NOT NULL,
    verification_sid   uuid     NOT NULL,
    service_sid        uuid     NOT NULL,
    account_sid        uuid     NOT NULL,
    channel            smallint NOT NULL,
    is_first           boolean  NOT NULL,
    status             smallint NOT NULL,
    segments           integer  NOT NULL,
    error              integer,           -- DeliveryError
    created_at         bigint   NOT NULL,
    updated_at         bigint   NOT NULL,
    carrier            text,
    carrier_message_id text,
    carrier_code       text,
    locale             text,
    route              text,
    tries              text,              -- JSON; null for a message that the sandbox took at once
    charge             text,              -- JSON: price, currency, network
    PRIMARY KEY (sid, shard)
) PARTITION BY RANGE (sid);

-- Receipts name messages by the carrier's own ids. What the sandbox sends needs no index, and must not pay for one.
CREATE INDEX attempt_by_message ON attempt (carrier_message_id) WHERE carrier_message_id IS NOT NULL AND carrier <> 'sandbox';

-- An account's named settings: carriers, routes, templates and the like. Few rows, all of them held in memory by every node as well.
CREATE TABLE registry (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order of creation
    kind        text   NOT NULL,
    account_sid uuid   NOT NULL,
    name        text   NOT NULL,
    body        text   NOT NULL, -- JSON; a member that is missing has its default
    secrets     bytea,           -- sealed JSON
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    UNIQUE (kind, account_sid, name)
);

-- Receipts that came before their attempt was recorded: a carrier may be faster than our commit.
CREATE TABLE early_receipt (
    position           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_sid        uuid   NOT NULL,
    carrier            text   NOT NULL,
    attempt_sid        uuid,
    carrier_message_id text,
    body               text   NOT NULL, -- JSON
    received_at        bigint NOT NULL
);

-- An account may have so many; and those that never find their attempt go by their age.
CREATE INDEX early_receipt_by_account ON early_receipt (account_sid, received_at);
CREATE INDEX early_receipt_by_attempt ON early_receipt (attempt_sid) WHERE attempt_sid IS NOT NULL;
CREATE INDEX early_receipt_by_message ON early_receipt (carrier_message_id) WHERE carrier_message_id IS NOT NULL;

-- What routes have learned of carriers: each node learns from what passes through it, and keeps a row of its own.
CREATE TABLE route_score (
    node     bigint PRIMARY KEY,
    body     text   NOT NULL, -- JSON
    taken_at bigint NOT NULL
);

-- Moments at which a pending verification goes on to the next channel of its plan.
CREATE TABLE alarm (
    position         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    due_at           bigint NOT NULL,
    service_sid      uuid   NOT NULL,
    verification_sid uuid   NOT NULL,
    attempt_sid      uuid   NOT NULL,
    claimed_by       bigint,     -- the node that is at it
    claimed_at       timestamptz -- by the database's clock; a claim that gets old counts for nothing
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE INDEX alarm_by_time ON alarm (due_at);
