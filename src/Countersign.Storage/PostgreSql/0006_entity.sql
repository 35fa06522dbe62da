-- Entities with their factors and challenges. Everything of one person hangs on identity: the keyed index value of service and identity, which every hot statement is bound to.
-- Bodies are sealed JSON. Whatever changes below an entity is kept only together with the next version of the entity.
CREATE TABLE entity (
    identity    uuid   PRIMARY KEY,
    position    bigint GENERATED ALWAYS AS IDENTITY, -- the order of lists; never given twice, so that page cursors stay right
    version     bigint NOT NULL, -- grows with each change
    sid         uuid   NOT NULL UNIQUE,
    service_sid uuid   NOT NULL,
    account_sid uuid   NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    body        bytea  NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX entity_by_service ON entity (service_sid, position);

CREATE TABLE factor (
    identity    uuid     NOT NULL,
    sid         uuid     NOT NULL,
    entity_sid  uuid     NOT NULL,
    service_sid uuid     NOT NULL,
    account_sid uuid     NOT NULL,
    type        smallint NOT NULL,
    status      smallint NOT NULL,
    credential  uuid,              -- keyed hash that a passkey is found by
    created_at  bigint   NOT NULL,
    updated_at  bigint   NOT NULL,
    body        bytea    NOT NULL,
    PRIMARY KEY (identity, sid)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX factor_by_credential ON factor (credential) WHERE credential IS NOT NULL;

CREATE TABLE challenge (
    identity    uuid     NOT NULL,
    created_at  bigint   NOT NULL, -- an entity's have different ones, and the SID has the same
    sid         uuid     NOT NULL,
    entity_sid  uuid     NOT NULL,
    factor_sid  uuid     NOT NULL,
    service_sid uuid     NOT NULL,
    account_sid uuid     NOT NULL,
    factor_type smallint NOT NULL,
    status      smallint NOT NULL,
    updated_at  bigint   NOT NULL,
    expires_at  bigint   NOT NULL,
    body        bytea    NOT NULL,
    PRIMARY KEY (identity, created_at)
) WITH (fillfactor = 80);

-- What is old goes by its age.
CREATE INDEX challenge_by_time ON challenge (created_at);

CREATE TABLE access_token (
    sid         uuid   PRIMARY KEY,
    service_sid uuid   NOT NULL,
    account_sid uuid   NOT NULL,
    created_at  bigint NOT NULL,
    body        bytea  NOT NULL
);

CREATE INDEX access_token_by_time ON access_token (created_at);
