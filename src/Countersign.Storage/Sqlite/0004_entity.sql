-- Entities with their factors and challenges. Everything of one person hangs on identity: the keyed index value of service and identity. Bodies are sealed JSON.
CREATE TABLE entity (
    position    INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of lists; never given twice, so that page cursors stay right
    identity    BLOB    NOT NULL UNIQUE,
    sid         BLOB    NOT NULL UNIQUE,
    service_sid BLOB    NOT NULL,
    account_sid BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    body        BLOB    NOT NULL
) STRICT;

CREATE INDEX entity_by_service ON entity (service_sid, position);

CREATE TABLE factor (
    identity    BLOB    NOT NULL,
    sid         BLOB    NOT NULL,
    entity_sid  BLOB    NOT NULL,
    service_sid BLOB    NOT NULL,
    account_sid BLOB    NOT NULL,
    type        INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    credential  BLOB,             -- keyed hash that a passkey is found by
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    PRIMARY KEY (identity, sid)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX factor_by_credential ON factor (credential) WHERE credential IS NOT NULL;

CREATE TABLE challenge (
    id          INTEGER PRIMARY KEY, -- as in verification
    sid         BLOB    NOT NULL,
    identity    BLOB    NOT NULL,
    entity_sid  BLOB    NOT NULL,
    factor_sid  BLOB    NOT NULL,
    service_sid BLOB    NOT NULL,
    account_sid BLOB    NOT NULL,
    factor_type INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    created_at  INTEGER NOT NULL, -- an entity's have different ones
    updated_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    body        BLOB    NOT NULL
) STRICT;

CREATE INDEX challenge_by_entity ON challenge (identity, created_at);

CREATE TABLE access_token (
    id          INTEGER PRIMARY KEY, -- as in verification
    sid         BLOB    NOT NULL,
    service_sid BLOB    NOT NULL,
    account_sid BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    body        BLOB    NOT NULL
) STRICT;
