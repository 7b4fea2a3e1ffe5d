SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA kaiteki;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE kaiteki.account (
    id text NOT NULL COLLATE pg_catalog."C",
    login text NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL
);
CREATE TABLE kaiteki.context (
    url text NOT NULL COLLATE pg_catalog."C",
    local_id text NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL
);
CREATE TABLE kaiteki.cursor (
    consumer text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL
);
CREATE TABLE kaiteki.delivery (
    area text NOT NULL COLLATE pg_catalog."C",
    subscription text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    dead boolean NOT NULL,
    entity text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    attempts integer NOT NULL,
    reason text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE kaiteki.entity (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    "row" bigint NOT NULL,
    kind integer NOT NULL,
    version bigint NOT NULL,
    born bigint NOT NULL,
    created bigint NOT NULL,
    deleted bigint,
    doc bytea
)
PARTITION BY HASH (id);
CREATE TABLE kaiteki.entity_0 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    "row" bigint NOT NULL,
    kind integer NOT NULL,
    version bigint NOT NULL,
    born bigint NOT NULL,
    created bigint NOT NULL,
    deleted bigint,
    doc bytea
)
WITH (fillfactor='80');
CREATE TABLE kaiteki.entity_1 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    "row" bigint NOT NULL,
    kind integer NOT NULL,
    version bigint NOT NULL,
    born bigint NOT NULL,
    created bigint NOT NULL,
    deleted bigint,
    doc bytea
)
WITH (fillfactor='80');
CREATE TABLE kaiteki.entity_2 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    "row" bigint NOT NULL,
    kind integer NOT NULL,
    version bigint NOT NULL,
    born bigint NOT NULL,
    created bigint NOT NULL,
    deleted bigint,
    doc bytea
)
WITH (fillfactor='80');
CREATE TABLE kaiteki.entity_3 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    "row" bigint NOT NULL,
    kind integer NOT NULL,
    version bigint NOT NULL,
    born bigint NOT NULL,
    created bigint NOT NULL,
    deleted bigint,
    doc bytea
)
WITH (fillfactor='80');
CREATE TABLE kaiteki.file (
    shelf text NOT NULL COLLATE pg_catalog."C",
    area text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C",
    content bytea NOT NULL
);
ALTER TABLE ONLY kaiteki.file ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE kaiteki.head (
    one boolean NOT NULL,
    number bigint NOT NULL,
    "row" bigint NOT NULL,
    CONSTRAINT head_one_check CHECK (one)
)
WITH (fillfactor='10');
CREATE TABLE kaiteki.history (
    "row" bigint NOT NULL,
    name integer NOT NULL,
    at bigint NOT NULL,
    number bigint NOT NULL,
    dataset text NOT NULL COLLATE pg_catalog."C",
    part integer NOT NULL,
    version bigint NOT NULL,
    observed bigint,
    was text COLLATE pg_catalog."C",
    body bytea
)
PARTITION BY RANGE (at);
CREATE TABLE kaiteki.history_2023_11 (
    "row" bigint NOT NULL,
    name integer NOT NULL,
    at bigint NOT NULL,
    number bigint NOT NULL,
    dataset text NOT NULL COLLATE pg_catalog."C",
    part integer NOT NULL,
    version bigint NOT NULL,
    observed bigint,
    was text COLLATE pg_catalog."C",
    body bytea
);
CREATE TABLE kaiteki.history_else (
    "row" bigint NOT NULL,
    name integer NOT NULL,
    at bigint NOT NULL,
    number bigint NOT NULL,
    dataset text NOT NULL COLLATE pg_catalog."C",
    part integer NOT NULL,
    version bigint NOT NULL,
    observed bigint,
    was text COLLATE pg_catalog."C",
    body bytea
);
CREATE TABLE kaiteki.kind (
    id integer NOT NULL,
    area text NOT NULL COLLATE pg_catalog."C",
    types text NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE kaiteki.kind ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME kaiteki.kind_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE kaiteki.log (
    number bigint NOT NULL,
    area text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    body bytea NOT NULL
);
CREATE TABLE kaiteki.made (
    version integer NOT NULL,
    partitions integer NOT NULL
);
CREATE TABLE kaiteki.name (
    id integer NOT NULL,
    text text NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE kaiteki.name ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME kaiteki.name_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE kaiteki.place (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name integer NOT NULL,
    part integer NOT NULL,
    kind integer NOT NULL,
    x double precision,
    y double precision,
    geom public.geometry(Geometry,4326) NOT NULL
)
PARTITION BY HASH (id);
CREATE TABLE kaiteki.place_0 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name integer NOT NULL,
    part integer NOT NULL,
    kind integer NOT NULL,
    x double precision,
    y double precision,
    geom public.geometry(Geometry,4326) NOT NULL
);
CREATE TABLE kaiteki.place_1 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name integer NOT NULL,
    part integer NOT NULL,
    kind integer NOT NULL,
    x double precision,
    y double precision,
    geom public.geometry(Geometry,4326) NOT NULL
);
CREATE TABLE kaiteki.place_2 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name integer NOT NULL,
    part integer NOT NULL,
    kind integer NOT NULL,
    x double precision,
    y double precision,
    geom public.geometry(Geometry,4326) NOT NULL
);
CREATE TABLE kaiteki.place_3 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name integer NOT NULL,
    part integer NOT NULL,
    kind integer NOT NULL,
    x double precision,
    y double precision,
    geom public.geometry(Geometry,4326) NOT NULL
);
CREATE TABLE kaiteki.receipt (
    area text NOT NULL COLLATE pg_catalog."C",
    once text NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL
);
CREATE TABLE kaiteki.revision (
    register text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL
);
CREATE TABLE kaiteki.secret (
    one boolean NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT secret_one_check CHECK (one)
);
CREATE TABLE kaiteki.session (
    token_hash text NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    expires_at bigint NOT NULL,
    body bytea NOT NULL
);
CREATE TABLE kaiteki.source (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    owner text NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL,
    standing bytea NOT NULL
);
CREATE TABLE kaiteki.subscription (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    owner text NOT NULL COLLATE pg_catalog."C",
    since bigint NOT NULL,
    body bytea NOT NULL,
    standing bytea NOT NULL
);
CREATE TABLE kaiteki.tally (
    kind integer NOT NULL,
    name integer NOT NULL,
    form text NOT NULL COLLATE pg_catalog."C",
    n bigint NOT NULL,
    changed bigint NOT NULL
);
CREATE TABLE kaiteki.value (
    kind integer NOT NULL,
    name integer NOT NULL,
    val bytea NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C"
)
PARTITION BY HASH (id);
CREATE TABLE kaiteki.value_0 (
    kind integer NOT NULL,
    name integer NOT NULL,
    val bytea NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE kaiteki.value_1 (
    kind integer NOT NULL,
    name integer NOT NULL,
    val bytea NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE kaiteki.value_2 (
    kind integer NOT NULL,
    name integer NOT NULL,
    val bytea NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE kaiteki.value_3 (
    kind integer NOT NULL,
    name integer NOT NULL,
    val bytea NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE kaiteki.words (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    pairs bigint[] NOT NULL,
    text text NOT NULL COLLATE pg_catalog."C"
)
PARTITION BY HASH (id);
CREATE TABLE kaiteki.words_0 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    pairs bigint[] NOT NULL,
    text text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE kaiteki.words_1 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    pairs bigint[] NOT NULL,
    text text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE kaiteki.words_2 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    pairs bigint[] NOT NULL,
    text text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE kaiteki.words_3 (
    area text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    pairs bigint[] NOT NULL,
    text text NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE ONLY kaiteki.entity ATTACH PARTITION kaiteki.entity_0 FOR VALUES WITH (modulus 4, remainder 0);
ALTER TABLE ONLY kaiteki.entity ATTACH PARTITION kaiteki.entity_1 FOR VALUES WITH (modulus 4, remainder 1);
ALTER TABLE ONLY kaiteki.entity ATTACH PARTITION kaiteki.entity_2 FOR VALUES WITH (modulus 4, remainder 2);
ALTER TABLE ONLY kaiteki.entity ATTACH PARTITION kaiteki.entity_3 FOR VALUES WITH (modulus 4, remainder 3);
ALTER TABLE ONLY kaiteki.history ATTACH PARTITION kaiteki.history_2023_11 FOR VALUES FROM ('1698796800000000') TO ('1701388800000000');
ALTER TABLE ONLY kaiteki.history ATTACH PARTITION kaiteki.history_else DEFAULT;
ALTER TABLE ONLY kaiteki.place ATTACH PARTITION kaiteki.place_0 FOR VALUES WITH (modulus 4, remainder 0);
ALTER TABLE ONLY kaiteki.place ATTACH PARTITION kaiteki.place_1 FOR VALUES WITH (modulus 4, remainder 1);
ALTER TABLE ONLY kaiteki.place ATTACH PARTITION kaiteki.place_2 FOR VALUES WITH (modulus 4, remainder 2);
ALTER TABLE ONLY kaiteki.place ATTACH PARTITION kaiteki.place_3 FOR VALUES WITH (modulus 4, remainder 3);
ALTER TABLE ONLY kaiteki.value ATTACH PARTITION kaiteki.value_0 FOR VALUES WITH (modulus 4, remainder 0);
ALTER TABLE ONLY kaiteki.value ATTACH PARTITION kaiteki.value_1 FOR VALUES WITH (modulus 4, remainder 1);
ALTER TABLE ONLY kaiteki.value ATTACH PARTITION kaiteki.value_2 FOR VALUES WITH (modulus 4, remainder 2);
ALTER TABLE ONLY kaiteki.value ATTACH PARTITION kaiteki.value_3 FOR VALUES WITH (modulus 4, remainder 3);
ALTER TABLE ONLY kaiteki.words ATTACH PARTITION kaiteki.words_0 FOR VALUES WITH (modulus 4, remainder 0);
ALTER TABLE ONLY kaiteki.words ATTACH PARTITION kaiteki.words_1 FOR VALUES WITH (modulus 4, remainder 1);
ALTER TABLE ONLY kaiteki.words ATTACH PARTITION kaiteki.words_2 FOR VALUES WITH (modulus 4, remainder 2);
ALTER TABLE ONLY kaiteki.words ATTACH PARTITION kaiteki.words_3 FOR VALUES WITH (modulus 4, remainder 3);
INSERT INTO kaiteki.entity_1 VALUES ('demo', 'urn:ngsi-ld:lamp:1', 1, 1, 13, 1, 10, NULL, '\x7b226964223a2275726e3a6e6773692d6c643a6c616d703a31222c2274223a5b2268747470733a2f2f7572692e657473692e6f72672f6e6773692d6c642f64656661756c742d636f6e746578742f4c616d70225d2c2261223a7b2268747470733a2f2f7572692e657473692e6f72672f6e6773692d6c642f64656661756c742d636f6e746578742f7761747473223a5b7b226b223a2250726f7065727479222c2276223a312e312c226f223a3636303030303030302c226d223a313730303030303636303030303030307d5d7d2c2263223a31302c226d223a313730303030303636303030303030302c226e223a31337d');
INSERT INTO kaiteki.head VALUES (true, 13, 1);
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000000000000, 2, '', 0, 2, 0, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e302c226f223a302c226d223a313730303030303030303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000060000000, 3, '', 0, 3, 60000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e312c226f223a36303030303030302c226d223a313730303030303036303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000120000000, 4, '', 0, 4, 120000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e322c226f223a3132303030303030302c226d223a313730303030303132303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000180000000, 5, '', 0, 5, 180000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e332c226f223a3138303030303030302c226d223a313730303030303138303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000240000000, 6, '', 0, 6, 240000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e342c226f223a3234303030303030302c226d223a313730303030303234303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000300000000, 7, '', 0, 7, 300000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e352c226f223a3330303030303030302c226d223a313730303030303330303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000360000000, 8, '', 0, 8, 360000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e362c226f223a3336303030303030302c226d223a313730303030303336303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000420000000, 9, '', 0, 9, 420000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e372c226f223a3432303030303030302c226d223a313730303030303432303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000480000000, 10, '', 0, 10, 480000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e382c226f223a3438303030303030302c226d223a313730303030303438303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000540000000, 11, '', 0, 11, 540000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a302e392c226f223a3534303030303030302c226d223a313730303030303534303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000600000000, 12, '', 0, 12, 600000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a312e302c226f223a3630303030303030302c226d223a313730303030303630303030303030307d');
INSERT INTO kaiteki.history_2023_11 VALUES (1, 3, 1700000660000000, 13, '', 0, 13, 660000000, NULL, '\x7b226b223a2250726f7065727479222c2276223a312e312c226f223a3636303030303030302c226d223a313730303030303636303030303030307d');
INSERT INTO kaiteki.kind OVERRIDING SYSTEM VALUE VALUES (1, 'demo', '["https://uri.etsi.org/ngsi-ld/default-context/Lamp"]');
INSERT INTO kaiteki.log VALUES (1, 'demo', 1700000001000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b2263726561746564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b5d2c315d5d5d');
INSERT INTO kaiteki.log VALUES (2, 'demo', 1700000002000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c325d5d5d');
INSERT INTO kaiteki.log VALUES (3, 'demo', 1700000003000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c335d5d5d');
INSERT INTO kaiteki.log VALUES (4, 'demo', 1700000004000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c345d5d5d');
INSERT INTO kaiteki.log VALUES (5, 'demo', 1700000005000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c355d5d5d');
INSERT INTO kaiteki.log VALUES (6, 'demo', 1700000006000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c365d5d5d');
INSERT INTO kaiteki.log VALUES (7, 'demo', 1700000007000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c375d5d5d');
INSERT INTO kaiteki.log VALUES (8, 'demo', 1700000008000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c385d5d5d');
INSERT INTO kaiteki.log VALUES (9, 'demo', 1700000009000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c395d5d5d');
INSERT INTO kaiteki.log VALUES (10, 'demo', 1700000010000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c31305d5d5d');
INSERT INTO kaiteki.log VALUES (11, 'demo', 1700000011000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c31315d5d5d');
INSERT INTO kaiteki.log VALUES (12, 'demo', 1700000012000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c31325d5d5d');
INSERT INTO kaiteki.log VALUES (13, 'demo', 1700000013000000, '\x5b226d61796f72222c2274657374222c2268616c6c222c22747269616c222c5b5b226d6f646966696564222c2275726e3a6e6773692d6c643a6c616d703a31222c312c5b335d2c31335d5d5d');
INSERT INTO kaiteki.made VALUES (1, 4);
INSERT INTO kaiteki.name OVERRIDING SYSTEM VALUE VALUES (1, 'modifiedAt');
INSERT INTO kaiteki.name OVERRIDING SYSTEM VALUE VALUES (2, 'createdAt');
INSERT INTO kaiteki.name OVERRIDING SYSTEM VALUE VALUES (3, 'https://uri.etsi.org/ngsi-ld/default-context/watts');
INSERT INTO kaiteki.name OVERRIDING SYSTEM VALUE VALUES (4, 'https://uri.etsi.org/ngsi-ld/default-context/wattsobservedAt');
INSERT INTO kaiteki.tally VALUES (1, 0, '', 1, 1);
INSERT INTO kaiteki.tally VALUES (1, 3, 'Property', 1, 2);
INSERT INTO kaiteki.tally VALUES (1, 3, '#', 1, 2);
INSERT INTO kaiteki.value_1 VALUES (1, 2, '\x01c0240000000000008000', 'urn:ngsi-ld:lamp:1');
INSERT INTO kaiteki.value_1 VALUES (1, 3, '\x01bff199999999999a8000', 'urn:ngsi-ld:lamp:1');
INSERT INTO kaiteki.value_1 VALUES (1, 4, '\x01c1c3ab66800000008000', 'urn:ngsi-ld:lamp:1');
INSERT INTO kaiteki.value_1 VALUES (1, 1, '\x01c3182890fdd434008000', 'urn:ngsi-ld:lamp:1');
SELECT pg_catalog.setval('kaiteki.kind_id_seq', 1, true);
SELECT pg_catalog.setval('kaiteki.name_id_seq', 4, true);
ALTER TABLE ONLY kaiteki.account
    ADD CONSTRAINT account_login_key UNIQUE (login);
ALTER TABLE ONLY kaiteki.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY kaiteki.context
    ADD CONSTRAINT context_pkey PRIMARY KEY (url);
ALTER TABLE ONLY kaiteki.cursor
    ADD CONSTRAINT cursor_pkey PRIMARY KEY (consumer);
ALTER TABLE ONLY kaiteki.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (area, subscription, number);
ALTER TABLE ONLY kaiteki.entity
    ADD CONSTRAINT entity_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.entity_0
    ADD CONSTRAINT entity_0_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.entity_1
    ADD CONSTRAINT entity_1_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.entity_2
    ADD CONSTRAINT entity_2_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.entity_3
    ADD CONSTRAINT entity_3_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.file
    ADD CONSTRAINT file_pkey PRIMARY KEY (shelf, area, digest);
ALTER TABLE ONLY kaiteki.head
    ADD CONSTRAINT head_pkey PRIMARY KEY (one);
ALTER TABLE ONLY kaiteki.history
    ADD CONSTRAINT history_pkey PRIMARY KEY ("row", name, at, number, dataset, part);
ALTER TABLE ONLY kaiteki.history_2023_11
    ADD CONSTRAINT history_2023_11_pkey PRIMARY KEY ("row", name, at, number, dataset, part);
ALTER TABLE ONLY kaiteki.history_else
    ADD CONSTRAINT history_else_pkey PRIMARY KEY ("row", name, at, number, dataset, part);
ALTER TABLE ONLY kaiteki.kind
    ADD CONSTRAINT kind_area_types_key UNIQUE (area, types);
ALTER TABLE ONLY kaiteki.kind
    ADD CONSTRAINT kind_pkey PRIMARY KEY (id);
ALTER TABLE ONLY kaiteki.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (number);
ALTER TABLE ONLY kaiteki.name
    ADD CONSTRAINT name_pkey PRIMARY KEY (id);
ALTER TABLE ONLY kaiteki.name
    ADD CONSTRAINT name_text_key UNIQUE (text);
ALTER TABLE ONLY kaiteki.place
    ADD CONSTRAINT place_pkey PRIMARY KEY (area, id, name, part);
ALTER TABLE ONLY kaiteki.place_0
    ADD CONSTRAINT place_0_pkey PRIMARY KEY (area, id, name, part);
ALTER TABLE ONLY kaiteki.place_1
    ADD CONSTRAINT place_1_pkey PRIMARY KEY (area, id, name, part);
ALTER TABLE ONLY kaiteki.place_2
    ADD CONSTRAINT place_2_pkey PRIMARY KEY (area, id, name, part);
ALTER TABLE ONLY kaiteki.place_3
    ADD CONSTRAINT place_3_pkey PRIMARY KEY (area, id, name, part);
ALTER TABLE ONLY kaiteki.receipt
    ADD CONSTRAINT receipt_pkey PRIMARY KEY (area, once);
ALTER TABLE ONLY kaiteki.revision
    ADD CONSTRAINT revision_pkey PRIMARY KEY (register);
ALTER TABLE ONLY kaiteki.secret
    ADD CONSTRAINT secret_pkey PRIMARY KEY (one);
ALTER TABLE ONLY kaiteki.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);
ALTER TABLE ONLY kaiteki.source
    ADD CONSTRAINT source_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.tally
    ADD CONSTRAINT tally_pkey PRIMARY KEY (kind, name, form);
ALTER TABLE ONLY kaiteki.value
    ADD CONSTRAINT value_pkey PRIMARY KEY (kind, name, val, id);
ALTER TABLE ONLY kaiteki.value_0
    ADD CONSTRAINT value_0_pkey PRIMARY KEY (kind, name, val, id);
ALTER TABLE ONLY kaiteki.value_1
    ADD CONSTRAINT value_1_pkey PRIMARY KEY (kind, name, val, id);
ALTER TABLE ONLY kaiteki.value_2
    ADD CONSTRAINT value_2_pkey PRIMARY KEY (kind, name, val, id);
ALTER TABLE ONLY kaiteki.value_3
    ADD CONSTRAINT value_3_pkey PRIMARY KEY (kind, name, val, id);
ALTER TABLE ONLY kaiteki.words
    ADD CONSTRAINT words_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.words_0
    ADD CONSTRAINT words_0_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.words_1
    ADD CONSTRAINT words_1_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.words_2
    ADD CONSTRAINT words_2_pkey PRIMARY KEY (area, id);
ALTER TABLE ONLY kaiteki.words_3
    ADD CONSTRAINT words_3_pkey PRIMARY KEY (area, id);
CREATE INDEX context_local ON kaiteki.context USING btree (local_id);
CREATE INDEX entity_kind ON ONLY kaiteki.entity USING btree (kind, id);
CREATE INDEX entity_0_kind_id_idx ON kaiteki.entity_0 USING btree (kind, id);
CREATE INDEX entity_1_kind_id_idx ON kaiteki.entity_1 USING btree (kind, id);
CREATE INDEX entity_2_kind_id_idx ON kaiteki.entity_2 USING btree (kind, id);
CREATE INDEX entity_3_kind_id_idx ON kaiteki.entity_3 USING btree (kind, id);
CREATE INDEX history_observed ON ONLY kaiteki.history USING btree ("row", name, observed) WHERE (observed IS NOT NULL);
CREATE INDEX history_2023_11_row_name_observed_idx ON kaiteki.history_2023_11 USING btree ("row", name, observed) WHERE (observed IS NOT NULL);
CREATE INDEX history_else_row_name_observed_idx ON kaiteki.history_else USING btree ("row", name, observed) WHERE (observed IS NOT NULL);
CREATE INDEX log_area ON kaiteki.log USING btree (area, number);
CREATE INDEX place_geom ON ONLY kaiteki.place USING gist (kind, name, geom);
CREATE INDEX place_0_kind_name_geom_idx ON kaiteki.place_0 USING gist (kind, name, geom);
CREATE INDEX place_1_kind_name_geom_idx ON kaiteki.place_1 USING gist (kind, name, geom);
CREATE INDEX place_2_kind_name_geom_idx ON kaiteki.place_2 USING gist (kind, name, geom);
CREATE INDEX place_3_kind_name_geom_idx ON kaiteki.place_3 USING gist (kind, name, geom);
CREATE INDEX session_account ON kaiteki.session USING btree (account_id);
CREATE INDEX tally_changed ON kaiteki.tally USING btree (changed);
CREATE INDEX words_pairs ON ONLY kaiteki.words USING gin (pairs);
CREATE INDEX words_0_pairs_idx ON kaiteki.words_0 USING gin (pairs);
CREATE INDEX words_1_pairs_idx ON kaiteki.words_1 USING gin (pairs);
CREATE INDEX words_2_pairs_idx ON kaiteki.words_2 USING gin (pairs);
CREATE INDEX words_3_pairs_idx ON kaiteki.words_3 USING gin (pairs);
ALTER INDEX kaiteki.entity_kind ATTACH PARTITION kaiteki.entity_0_kind_id_idx;
ALTER INDEX kaiteki.entity_pkey ATTACH PARTITION kaiteki.entity_0_pkey;
ALTER INDEX kaiteki.entity_kind ATTACH PARTITION kaiteki.entity_1_kind_id_idx;
ALTER INDEX kaiteki.entity_pkey ATTACH PARTITION kaiteki.entity_1_pkey;
ALTER INDEX kaiteki.entity_kind ATTACH PARTITION kaiteki.entity_2_kind_id_idx;
ALTER INDEX kaiteki.entity_pkey ATTACH PARTITION kaiteki.entity_2_pkey;
ALTER INDEX kaiteki.entity_kind ATTACH PARTITION kaiteki.entity_3_kind_id_idx;
ALTER INDEX kaiteki.entity_pkey ATTACH PARTITION kaiteki.entity_3_pkey;
ALTER INDEX kaiteki.history_pkey ATTACH PARTITION kaiteki.history_2023_11_pkey;
ALTER INDEX kaiteki.history_observed ATTACH PARTITION kaiteki.history_2023_11_row_name_observed_idx;
ALTER INDEX kaiteki.history_pkey ATTACH PARTITION kaiteki.history_else_pkey;
ALTER INDEX kaiteki.history_observed ATTACH PARTITION kaiteki.history_else_row_name_observed_idx;
ALTER INDEX kaiteki.place_geom ATTACH PARTITION kaiteki.place_0_kind_name_geom_idx;
ALTER INDEX kaiteki.place_pkey ATTACH PARTITION kaiteki.place_0_pkey;
ALTER INDEX kaiteki.place_geom ATTACH PARTITION kaiteki.place_1_kind_name_geom_idx;
ALTER INDEX kaiteki.place_pkey ATTACH PARTITION kaiteki.place_1_pkey;
ALTER INDEX kaiteki.place_geom ATTACH PARTITION kaiteki.place_2_kind_name_geom_idx;
ALTER INDEX kaiteki.place_pkey ATTACH PARTITION kaiteki.place_2_pkey;
ALTER INDEX kaiteki.place_geom ATTACH PARTITION kaiteki.place_3_kind_name_geom_idx;
ALTER INDEX kaiteki.place_pkey ATTACH PARTITION kaiteki.place_3_pkey;
ALTER INDEX kaiteki.value_pkey ATTACH PARTITION kaiteki.value_0_pkey;
ALTER INDEX kaiteki.value_pkey ATTACH PARTITION kaiteki.value_1_pkey;
ALTER INDEX kaiteki.value_pkey ATTACH PARTITION kaiteki.value_2_pkey;
ALTER INDEX kaiteki.value_pkey ATTACH PARTITION kaiteki.value_3_pkey;
ALTER INDEX kaiteki.words_pairs ATTACH PARTITION kaiteki.words_0_pairs_idx;
ALTER INDEX kaiteki.words_pkey ATTACH PARTITION kaiteki.words_0_pkey;
ALTER INDEX kaiteki.words_pairs ATTACH PARTITION kaiteki.words_1_pairs_idx;
ALTER INDEX kaiteki.words_pkey ATTACH PARTITION kaiteki.words_1_pkey;
ALTER INDEX kaiteki.words_pairs ATTACH PARTITION kaiteki.words_2_pairs_idx;
ALTER INDEX kaiteki.words_pkey ATTACH PARTITION kaiteki.words_2_pkey;
ALTER INDEX kaiteki.words_pairs ATTACH PARTITION kaiteki.words_3_pairs_idx;
ALTER INDEX kaiteki.words_pkey ATTACH PARTITION kaiteki.words_3_pkey;
