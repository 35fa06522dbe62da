-- SIDs are kept as their 16 bytes without the prefix, moments as Unix milliseconds (UTC).
-- Rows that grow with traffic are keyed by the first 63 bits of their time-ordered SID, so that they are appended to the newest page:
-- random keys would each touch a page of their own, and every touched page is written whole to the log.

CREATE TABLE key_check (
    key_id INTEGER PRIMARY KEY, -- of the key ring
    value  BLOB    NOT NULL     -- tells the key from any other, and says nothing of it
) STRICT;

CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    position      INTEGER PRIMARY KEY,
    sid           BLOB    NOT NULL UNIQUE,
    friendly_name TEXT    NOT NULL,
    auth_token    BLOB    NOT NULL, -- sealed
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
    position      INTEGER PRIMARY KEY,
    sid           BLOB    NOT NULL UNIQUE,
    account_sid   BLOB    NOT NULL,
    friendly_name TEXT    NOT NULL,
    key_id        INTEGER NOT NULL, -- of the key ring
    secret_hash   BLOB    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE service (
    position      INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of lists; never given twice, so that page cursors stay right
    sid           BLOB    NOT NULL UNIQUE,
    account_sid   BLOB    NOT NULL,
    settings      TEXT    NOT NULL, -- JSON; a setting that is missing has its default
    test_numbers  BLOB,             -- sealed JSON
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX service_by_account ON service (account_sid, position);

CREATE TABLE verification (
    id          INTEGER PRIMARY KEY, -- first 63 bits of the SID, plus up to 63 where two SIDs share them
    sid         BLOB    NOT NULL,
    service_sid BLOB    NOT NULL,
    account_sid BLOB    NOT NULL,
    destination BLOB    NOT NULL, -- keyed index value
    status      INTEGER NOT NULL,
    channel     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    checks      INTEGER NOT NULL,
    key_id      INTEGER NOT NULL, -- of the key ring
    nonce       BLOB    NOT NULL,
    code_length INTEGER NOT NULL,
    custom_hash BLOB,             -- keyed hash of a code that the caller chose
    attempts    BLOB    NOT NULL, -- per send: SID (16), moment (8, big-endian), channel (1)
    personal    BLOB    NOT NULL  -- sealed JSON: the destination and what the caller said of it
) STRICT;

CREATE TABLE outbox (
    position         INTEGER PRIMARY KEY,
    verification_sid BLOB    NOT NULL,
    attempt_sid      BLOB    NOT NULL,
    asked_at         INTEGER NOT NULL,
    custom_code      BLOB             -- sealed until the message is sent
) STRICT;

CREATE TABLE attempt (
    id                 INTEGER PRIMARY KEY, -- as in verification
    sid                BLOB    NOT NULL,
    verification_sid   BLOB    NOT NULL,
    service_sid        BLOB    NOT NULL,
    channel            INTEGER NOT NULL,
    status             INTEGER NOT NULL,
    carrier            TEXT,
    carrier_message_id TEXT,
    failure            INTEGER,
    carrier_code       TEXT,
    locale             TEXT,
    segments           INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) STRICT;
