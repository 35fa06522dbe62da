-- SIDs are kept as uuid, without the prefix, so that time-ordered ones (VE, VL) sort by time; moments as Unix milliseconds (UTC).
-- Everything that grows with traffic is partitioned by the time in its SID, a day to a partition (see Partitions.cs): new rows go to the end of small indexes, and
-- retention detaches and drops whole partitions.
-- shard is the low 12 bits of the destination's key, which VE and VL SIDs carry too. One database needs it for nothing; it is the column that a distributed
-- PostgreSQL would place rows by, and so part of every hot key.

CREATE TABLE key_check (
    key_id integer PRIMARY KEY, -- of the key ring
    value  bytea   NOT NULL     -- tells the key from any other, and says nothing of it
);

-- The processes that serve. A node that has not been seen for a while is dead, and its messages are taken over.
CREATE TABLE node (
    id         bigint      PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp() -- the database's clock alone: those of the nodes may differ
);

CREATE TABLE account (
    position      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sid           uuid   NOT NULL UNIQUE,
    friendly_name text   NOT NULL,
    auth_token    bytea  NOT NULL, -- sealed
    created_at    bigint NOT NULL
);

CREATE TABLE api_key (
    position      bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sid           uuid    NOT NULL UNIQUE,
    account_sid   uuid    NOT NULL,
    friendly_name text    NOT NULL,
    key_id        integer NOT NULL, -- of the key ring
    secret_hash   bytea   NOT NULL,
    created_at    bigint  NOT NULL
);

CREATE TABLE service (
    position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order of lists; never given twice, so that page cursors stay right
    sid          uuid   NOT NULL UNIQUE,
    account_sid  uuid   NOT NULL,
    settings     text   NOT NULL, -- JSON; a setting that is missing has its default
    test_numbers bytea,           -- sealed JSON
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL
);

CREATE INDEX service_by_account ON service (account_sid, position);

-- The newest verification of each destination in a service. Small rows, updated in place (HOT: sid is in no index).
CREATE TABLE head (
    key   uuid     NOT NULL, -- service and destination, see DestinationKey
    shard smallint NOT NULL,
    sid   uuid     NOT NULL, -- the verification
    prev  uuid,              -- the one that it took the place of: what the writer expected to find here
    PRIMARY KEY (key, shard)
) WITH (fillfactor = 80);

CREATE TABLE verification (
    sid         uuid     NOT NULL,
    shard       smallint NOT NULL,
    version     integer  NOT NULL, -- grows with each change: a step keeps what it decided only if nobody came between
    service_sid uuid     NOT NULL,
    account_sid uuid     NOT NULL,
    destination uuid     NOT NULL, -- keyed index value
    status      smallint NOT NULL,
    channel     smallint NOT NULL,
    checks      smallint NOT NULL,
    created_at  bigint   NOT NULL,
    updated_at  bigint   NOT NULL,
    expires_at  bigint   NOT NULL,
    code        bytea    NOT NULL, -- key of the ring (4, big-endian), length (1), nonce (16), keyed hash of a code that the caller chose (0 or 32)
    attempts    bytea    NOT NULL, -- per send: SID (16), moment (8, big-endian), channel (1)
    personal    bytea    NOT NULL, -- sealed JSON: the destination and what the caller said of it
    PRIMARY KEY (sid, shard)
) PARTITION BY RANGE (sid);

-- Messages that wait to be sent. One row holds those of one commit: a row for each message would cost as much as the verification.
CREATE TABLE outbox (
    id       bigint  PRIMARY KEY, -- numbered by the node that writes it, in a block of its own
    owner    bigint,           -- the node that has them in memory; null: whoever comes first
    asked_at bigint  NOT NULL, -- the oldest of them
    waiting  integer NOT NULL, -- how many have no outcome yet
    entries  bytea   NOT NULL  -- see OutboxEntries
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

CREATE SEQUENCE outbox_block;
