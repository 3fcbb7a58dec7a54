-- A history as a relay with version 2 of the database left it.
PRAGMA auto_vacuum = INCREMENTAL;
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
INSERT INTO "channels" VALUES(1,'deploy','15241b5a530d447d8f69d86b4bf039bb',12,4,0);
INSERT INTO "channels" VALUES(2,'long','a48989f3ae604c3ca58dbde97e49e07b',14,6,0);
INSERT INTO "channels" VALUES(3,'gone','9c229b0e177646a8b57363f2f1bced0e',2,0,1);
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
INSERT INTO "events" VALUES(1,5,4,'01a200fd5cf270eba7de0aab84524055',1795312934130,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"type":"tool_finished","call":"t1","tool":"Bash","ok":true,"duration_ms":12,"output":{"stdout":"done"}}');
INSERT INTO "events" VALUES(1,6,5,'01a200fd5d0070ad8505cc4f7ae83a9d',1795312934144,'{"member":"ada","name":"Ada","kind":"human"}',NULL,'{"type":"hint","hint":{"kind":"text","text":"use staging first"},"to":"claude"}');
INSERT INTO "events" VALUES(1,7,6,'01a200fd5d0e73ecb2189ada71cd8b18',1795312934158,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"type":"permission_requested","request":"r1","tool":"Bash","input":{"command":"make release"}}');
INSERT INTO "events" VALUES(1,8,7,'01a200fd5d1c7131b627686a5a03da04',1795312934172,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"type":"question_asked","request":"q1","text":"Which colour?","options":["blue","green"]}');
INSERT INTO "events" VALUES(1,9,8,'01a200fd5d297372b3af5cd59cba7fca',1795312934185,'{"member":"ada","name":"Ada","kind":"human"}',NULL,'{"type":"question_answered","request":"q1","outcome":"answered","answer":"green"}');
INSERT INTO "events" VALUES(1,10,9,'01a200fd5d3a777ba251e8b0f1780999',1795312934202,'{"member":"ada","name":"Ada","kind":"human"}','{"only":["ada","claude"]}','{"type":"message","role":"user","text":"between us"}');
INSERT INTO "events" VALUES(1,11,10,'01a200fd5d4876fd9d63388f00663a82',1795312934216,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"type":"usage","model":"a-model","input_tokens":10,"output_tokens":20,"cost_usd":0.5}');
INSERT INTO "events" VALUES(1,12,11,'01a200fd5d577629ace03198ed2a3ba4',1795312934231,'{"member":"claude","name":"Claude","kind":"agent"}',NULL,'{"field":{"kept":[1,2.5,"x"]},"type":"of_a_later_version"}');
INSERT INTO "events" VALUES(2,7,6,'01a200fd5e1970d9b845d2629fc42976',1795312934425,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 4"}');
INSERT INTO "events" VALUES(2,8,7,'01a200fd5e1970d9b845d2633149c328',1795312934425,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 5"}');
INSERT INTO "events" VALUES(2,9,8,'01a200fd5e1970d9b845d264912fcfad',1795312934425,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 6"}');
INSERT INTO "events" VALUES(2,10,9,'01a200fd5e1970d9b845d265bac4f122',1795312934425,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 7"}');
INSERT INTO "events" VALUES(2,11,10,'01a200fd5e1970d9b845d26636c3a6e1',1795312934425,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 8"}');
INSERT INTO "events" VALUES(2,12,11,'01a200fd5e1970d9b845d267a246850a',1795312934425,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 9"}');
INSERT INTO "events" VALUES(2,13,12,'01a200fd5e1970d9b845d268d33f5c5d',1795312934425,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 10"}');
INSERT INTO "events" VALUES(2,14,13,'01a200fd5e1970d9b845d269b32d1142',1795312934425,'{"member":"codex","name":"Codex","kind":"agent"}',NULL,'{"type":"message","role":"assistant","text":"line 11"}');
CREATE TABLE run (
        one   INTEGER PRIMARY KEY CHECK (one = 1),
        boot  TEXT,
        lossy INTEGER NOT NULL,
        clean INTEGER NOT NULL
    ) STRICT;
INSERT INTO "run" VALUES(1,'00000000-0000-4000-8000-000000000000',0,1);
CREATE TABLE snapshots (
        channel INTEGER PRIMARY KEY,
        seq     INTEGER NOT NULL,
        state   TEXT NOT NULL
    ) STRICT;
INSERT INTO "snapshots" VALUES(1,9,'{"name":"Deploy of the shop","created_at":1795312934091,"last_at":1795312934185,"n_events":9,"session":{"agent":"claude-code","cwd":"/srv/shop","model":"a-model","author":{"member":"claude","name":"Claude","kind":"agent"},"started_at":1795312934104},"tools":[],"n_tools":1,"n_failed":0,"members":[],"messages":[{"id":"01a200fd5ce572768a235dca467a7682","seq":3,"at":1795312934117,"author":{"member":"claude","name":"Claude","kind":"agent"},"role":"assistant","kind":"text","text":"Migrating the schema."}],"hints":[{"id":"01a200fd5d0070ad8505cc4f7ae83a9d","seq":6,"at":1795312934144,"author":{"member":"ada","name":"Ada","kind":"human"},"hint":{"kind":"text","text":"use staging first"},"to":"claude","state":"accepted"}],"requests":[{"request":"r1","seq":7,"at":1795312934158,"author":{"member":"claude","name":"Claude","kind":"agent"},"ask":{"kind":"permission","tool":"Bash","input":{"command":"make release"}}},{"request":"q1","seq":8,"at":1795312934172,"author":{"member":"claude","name":"Claude","kind":"agent"},"ask":{"kind":"question","text":"Which colour?","options":["blue","green"]},"resolution":{"outcome":"answered","at":1795312934185,"author":{"member":"ada","name":"Ada","kind":"human"},"answer":"green"}}],"pipeline":[],"parameters":[],"files":[],"usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cost_usd":0.0,"models":{}}}');
INSERT INTO "snapshots" VALUES(2,14,'{"name":"long","created_at":1795312934246,"last_at":1795312934425,"n_events":14,"session":{"agent":"codex","author":{"member":"codex","name":"Codex","kind":"agent"},"started_at":1795312934247},"tools":[],"n_tools":0,"n_failed":0,"members":[],"messages":[{"id":"01a200fd5e1970d9b845d25e901fede3","seq":3,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 0"},{"id":"01a200fd5e1970d9b845d25f06491abe","seq":4,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 1"},{"id":"01a200fd5e1970d9b845d26014c409d1","seq":5,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 2"},{"id":"01a200fd5e1970d9b845d2617e0a861a","seq":6,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 3"},{"id":"01a200fd5e1970d9b845d2629fc42976","seq":7,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 4"},{"id":"01a200fd5e1970d9b845d2633149c328","seq":8,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 5"},{"id":"01a200fd5e1970d9b845d264912fcfad","seq":9,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 6"},{"id":"01a200fd5e1970d9b845d265bac4f122","seq":10,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 7"},{"id":"01a200fd5e1970d9b845d26636c3a6e1","seq":11,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 8"},{"id":"01a200fd5e1970d9b845d267a246850a","seq":12,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 9"},{"id":"01a200fd5e1970d9b845d268d33f5c5d","seq":13,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 10"},{"id":"01a200fd5e1970d9b845d269b32d1142","seq":14,"at":1795312934425,"author":{"member":"codex","name":"Codex","kind":"agent"},"role":"assistant","kind":"text","text":"line 11"}],"hints":[],"requests":[],"pipeline":[],"parameters":[],"files":[],"usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cost_usd":0.0,"models":{}}}');
CREATE UNIQUE INDEX events_by_id ON events (channel, id);
PRAGMA user_version = 2;
COMMIT;
