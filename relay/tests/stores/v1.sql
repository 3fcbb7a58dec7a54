-- A history as a relay with version 1 of the database left it.
BEGIN;
CREATE TABLE channels (
        number  INTEGER PRIMARY KEY,
        id      TEXT NOT NULL UNIQUE,
        epoch   TEXT NOT NULL,
        head    INTEGER NOT NULL DEFAULT 0,
        -- the seq before the oldest event held
        base    INTEGER NOT NULL DEFAULT 0,
        -- a removed channel keeps its row so that a late publisher is told, not obeyed
        removed INTEGER NOT NULL DEFAULT 0
    ) STRICT;
INSERT INTO "channels" VALUES(1,'deploy','cd829a49822a4d3995c1f657e2b50f99',12,4,0);
INSERT INTO "channels" VALUES(2,'long','b634ec44d4e344e3863ed9986cd3541d',14,6,0);
INSERT INTO "channels" VALUES(3,'gone','667db6c12e2e449d838767b00a1186d7',2,0,1);
CREATE TABLE events (
        channel    INTEGER NOT NULL,
        seq        INTEGER NOT NULL,
        prev       INTEGER NOT NULL,
        id         TEXT NOT NULL,
        at         INTEGER NOT NULL,
        author     TEXT NOT NULL,
        visibility TEXT,
        body       TEXT NOT NULL,
        PRIMARY KEY (channel, seq)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "events" VALUES(1,5,4,'82deadc8105b4d31a9016998b8995328',1795312703586,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"type":"tool_finished","call":"t1","tool":"Bash","ok":true,"duration_ms":12,"output":{"stdout":"done"}}');
INSERT INTO "events" VALUES(1,6,5,'34a0baef441446848b726fcb56a2750c',1795312703646,'{"member":"ada","name":"Ada","kind":"human"}',NULL,'{"type":"hint","hint":{"kind":"text","text":"use staging first"},"to":"claude"}');
INSERT INTO "events" VALUES(1,7,6,'a1c7c0d416584e949df045e81a6c0836',1795312703686,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"type":"permission_requested","request":"r1","tool":"Bash","input":{"command":"make release"}}');
INSERT INTO "events" VALUES(1,8,7,'e89ea8ab9dae4e5c9da179bbda194221',1795312703780,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"type":"question_asked","request":"q1","text":"Which colour?","options":["blue","green"]}');
INSERT INTO "events" VALUES(1,9,8,'55c06ecfec834356b8bb91130e079e57',1795312703831,'{"member":"ada","name":"Ada","kind":"human"}',NULL,'{"type":"question_answered","request":"q1","outcome":"answered","answer":"green"}');
INSERT INTO "events" VALUES(1,10,9,'a72505e8dd634699b30750dc2ea72695',1795312703918,'{"member":"ada","name":"Ada","kind":"human"}','{"only":["ada","claude"]}','{"type":"message","role":"user","text":"between us"}');
INSERT INTO "events" VALUES(1,11,10,'eaf2da9df7a64cca9aaddcefad70250e',1795312703974,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"type":"usage","model":"a-model","input_tokens":10,"output_tokens":20,"cost_usd":0.5}');
INSERT INTO "events" VALUES(1,12,11,'a3704edcc4144ec89fec5e64e2835a9e',1795312704030,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"field":{"kept":[1,2.5,"x"]},"type":"of_a_later_version"}');
INSERT INTO "events" VALUES(2,7,6,'1c4148e77b8e4c10bd8cd2447795ddc8',1795312704733,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 4"}');
INSERT INTO "events" VALUES(2,8,7,'034eca2834eb4970b28196241f5a55ca',1795312704733,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 5"}');
INSERT INTO "events" VALUES(2,9,8,'a8c8c771988c41af816f8fbc52611351',1795312704733,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 6"}');
INSERT INTO "events" VALUES(2,10,9,'809adcdb676546abaa3a6c3785c9f3db',1795312704733,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 7"}');
INSERT INTO "events" VALUES(2,11,10,'43df8be3174d4a4c8c530e14fc537300',1795312704733,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 8"}');
INSERT INTO "events" VALUES(2,12,11,'ed27aa501f23460f82cc1d0491871da1',1795312704733,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 9"}');
INSERT INTO "events" VALUES(2,13,12,'501191d5b95f468490614766678f986b',1795312704733,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 10"}');
INSERT INTO "events" VALUES(2,14,13,'9453086b0ad64025b5653bf3b459dff5',1795312704733,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 11"}');
CREATE TABLE snapshots (
        channel INTEGER PRIMARY KEY,
        seq     INTEGER NOT NULL,
        state   TEXT NOT NULL
    ) STRICT;
INSERT INTO "snapshots" VALUES(1,9,'{"name":"Deploy of the shop","created_at":1795312703440,"last_at":1795312703831,"n_events":9,"session":{"agent":"claude-code","cwd":"/srv/shop","model":"a-model","author":{"member":"claude","name":"Claude","kind":"agent"},"started_at":1795312703498},"tools":[],"n_tools":1,"n_failed":0,"members":[],"messages":[{"id":"9488a65a01114003b270852a4139cbc0","seq":3,"at":1795312703547,"author":{"member":"claude","name":"Claude","kind":"agent"},"role":"assistant","kind":"text","text":"Migrating the schema."}],"hints":[{"id":"34a0baef441446848b726fcb56a2750c","seq":6,"at":1795312703646,"author":{"member":"ada","name":"Ada","kind":"human"},"hint":{"kind":"text","text":"use staging first"},"to":"claude","state":"accepted"}],"requests":[{"request":"r1","seq":7,"at":1795312703686,"author":{"member":"claude","name":"Claude","kind":"agent"},"ask":{"kind":"permission","tool":"Bash","input":{"command":"make release"}}},{"request":"q1","seq":8,"at":1795312703780,"author":{"member":"claude","name":"Claude","kind":"agent"},"ask":{"kind":"question","text":"Which colour?","options":["blue","green"]},"resolution":{"outcome":"answered","at":1795312703831,"author":{"member":"ada","name":"Ada","kind":"human"},"answer":"green"}}],"pipeline":[],"parameters":[],"files":[],"usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cost_usd":0.0,"models":{}}}');
INSERT INTO "snapshots" VALUES(2,14,'{"name":"long","created_at":1795312704067,"last_at":1795312704733,"n_events":14,"session":{"agent":"codex","author":{"member":"codex","name":"Codex","kind":"agent"},"started_at":1795312704068},"tools":[],"n_tools":0,"n_failed":0,"members":[],"messages":[{"id":"2a097a5b3f984370b1a872b0a6ed8467","seq":3,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 0"},{"id":"0de68331105941dbb9ade3baa972a64c","seq":4,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 1"},{"id":"6a495f35848045818fdf595e2ceefe45","seq":5,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 2"},{"id":"cc221ffb3b2a4b7183c15d98690d767c","seq":6,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 3"},{"id":"1c4148e77b8e4c10bd8cd2447795ddc8","seq":7,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 4"},{"id":"034eca2834eb4970b28196241f5a55ca","seq":8,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 5"},{"id":"a8c8c771988c41af816f8fbc52611351","seq":9,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 6"},{"id":"809adcdb676546abaa3a6c3785c9f3db","seq":10,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 7"},{"id":"43df8be3174d4a4c8c530e14fc537300","seq":11,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 8"},{"id":"ed27aa501f23460f82cc1d0491871da1","seq":12,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 9"},{"id":"501191d5b95f468490614766678f986b","seq":13,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 10"},{"id":"9453086b0ad64025b5653bf3b459dff5","seq":14,"at":1795312704733,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 11"}],"hints":[],"requests":[],"pipeline":[],"parameters":[],"files":[],"usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cost_usd":0.0,"models":{}}}');
CREATE UNIQUE INDEX events_by_id ON events (channel, id);
PRAGMA user_version = 1;
COMMIT;
