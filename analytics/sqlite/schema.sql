-- The one row of what belongs to all.
CREATE TABLE meta (
	id       INTEGER PRIMARY KEY CHECK (id = 1),
	changes  INTEGER NOT NULL, -- counts the transactions that changed rows
	pruned   INTEGER NOT NULL, -- counts those in which visits, visitors or users were deleted
	exposed  INTEGER NOT NULL, -- changes, when exposures last did
	visits   INTEGER NOT NULL, -- the numbers given out so far; none is used twice
	visitors INTEGER NOT NULL,
	users    INTEGER NOT NULL,
	horizon  INTEGER,          -- what is older has been deleted
	newest   INTEGER           -- the latest moment of an event
);

-- What became of the events: received, stored by type, dropped by reason, lost,
-- and skipped by reason.
CREATE TABLE ledger (kind TEXT NOT NULL, name TEXT NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;

-- Texts that repeat. Number 0, of which there is no row, is none.
CREATE TABLE users (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE pages (n INTEGER PRIMARY KEY, path TEXT NOT NULL, route TEXT NOT NULL, screen TEXT NOT NULL, UNIQUE (path, route, screen));
CREATE TABLE names (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE); -- of actions
CREATE TABLE currencies (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE arms (n INTEGER PRIMARY KEY, experiment TEXT NOT NULL, variant TEXT NOT NULL, UNIQUE (experiment, variant));
CREATE TABLE origins (
	n INTEGER PRIMARY KEY,
	source TEXT NOT NULL, medium TEXT NOT NULL, campaign TEXT NOT NULL, term TEXT NOT NULL, content TEXT NOT NULL,
	click TEXT NOT NULL, referrer TEXT NOT NULL, platform TEXT NOT NULL, device TEXT NOT NULL, browser TEXT NOT NULL,
	os TEXT NOT NULL, language TEXT NOT NULL, bot TEXT NOT NULL,
	UNIQUE (source, medium, campaign, term, content, click, referrer, platform, device, browser, os, language, bot)
);

-- A visitor, which is a session. first: the start of the first visit. changed:
-- meta.changes when first became another after the visitor was made. ended: when
-- the session did. seen: its latest event, as far as it changed this row. user: of
-- its latest event that names one; user_at, user_rank and user_event say which.
CREATE TABLE visitors (
	n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, first INTEGER, changed INTEGER, ended INTEGER, seen INTEGER NOT NULL,
	user INTEGER NOT NULL DEFAULT 0, user_at INTEGER, user_rank INTEGER, user_event TEXT
);
CREATE INDEX visitors_changed ON visitors (changed) WHERE changed IS NOT NULL;
CREATE INDEX visitors_without_visit ON visitors (seen) WHERE first IS NULL;
CREATE INDEX visitors_user ON visitors (user) WHERE user <> 0;

-- A visit. start: NULL where nothing is known of it but purchases that were told of
-- before, or what beacons told. start_known: 2 from its start, 1 from its end, 0 from the events that
-- came, the first of which is earliest. ended, last: when it did, and its latest
-- activity but for purchases; NULL while it is under way. user: of the latest event
-- that names one, but for views and actions by the same user, which say so themselves.
CREATE TABLE visits (
	n INTEGER PRIMARY KEY, visitor INTEGER NOT NULL, id TEXT NOT NULL,
	start INTEGER, start_known INTEGER NOT NULL, earliest INTEGER, ended INTEGER, last INTEGER, reason TEXT,
	origin INTEGER NOT NULL, user INTEGER NOT NULL, user_at INTEGER, user_rank INTEGER, user_event TEXT,
	UNIQUE (visitor, id)
);
CREATE INDEX visits_under_way ON visits (visitor) WHERE ended IS NULL;
CREATE INDEX visits_start ON visits (start);
CREATE INDEX visits_user ON visits (user) WHERE user <> 0;

-- What happened in visits. id: of the event; where times are the same, it decides
-- the order. view: the first 64 bits of the SHA-256 of the view's own ID.
CREATE TABLE views (
	visit INTEGER NOT NULL, view INTEGER NOT NULL, time INTEGER NOT NULL, page INTEGER NOT NULL, user INTEGER NOT NULL, id TEXT NOT NULL,
	PRIMARY KEY (visit, view)
) WITHOUT ROWID;
CREATE TABLE engagements (
	visit INTEGER NOT NULL, view INTEGER NOT NULL, time INTEGER NOT NULL, id TEXT NOT NULL, milliseconds INTEGER NOT NULL,
	PRIMARY KEY (visit, view, time, id)
) WITHOUT ROWID;
CREATE TABLE actions (
	visit INTEGER NOT NULL, time INTEGER NOT NULL, id TEXT NOT NULL, name INTEGER NOT NULL, user INTEGER NOT NULL,
	PRIMARY KEY (visit, time, id, name)
) WITHOUT ROWID;
CREATE TABLE exposures (
	visit INTEGER NOT NULL, time INTEGER NOT NULL, id TEXT NOT NULL, arm INTEGER NOT NULL, visitor INTEGER NOT NULL,
	PRIMARY KEY (visit, time, id, arm)
) WITHOUT ROWID;
CREATE INDEX exposures_arm ON exposures (arm, time);

-- Every time that an order was told of; counts is 1 for the first.
CREATE TABLE purchases (
	visitor INTEGER NOT NULL, name TEXT NOT NULL, time INTEGER NOT NULL, id TEXT NOT NULL, visit INTEGER NOT NULL,
	counts INTEGER NOT NULL, value INTEGER NOT NULL, currency INTEGER NOT NULL, user INTEGER NOT NULL,
	PRIMARY KEY (visitor, name, time, id)
) WITHOUT ROWID;
CREATE INDEX purchases_visit ON purchases (visit);
CREATE INDEX purchases_user ON purchases (user) WHERE user <> 0;

-- What became of sessions, logins and credentials.
CREATE TABLE lifecycle (
	time INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, visitor INTEGER NOT NULL, visit INTEGER NOT NULL, reason TEXT NOT NULL,
	PRIMARY KEY (time, id, type, visitor)
) WITHOUT ROWID;

-- Events of which nothing is kept but that they were counted. event: the first 64
-- bits of a SHA-256.
CREATE TABLE counted (time INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (time, event)) WITHOUT ROWID;

-- What changed the carts of visitors, and the carts that follow from it. Without a
-- sku, all lines went; ordered: the cart was. value, currency: of one piece, when
-- it was recorded; NULL: it had no price. The value of a cart is JSON. active, ended,
-- for a cart that is open: the latest activity of the session but in visits under way,
-- and whether it has ended.
CREATE TABLE cart_changes (
	visitor INTEGER NOT NULL, time INTEGER NOT NULL, id TEXT NOT NULL, ordered INTEGER NOT NULL, visit INTEGER NOT NULL,
	sku TEXT NOT NULL, quantity INTEGER NOT NULL, value INTEGER, currency TEXT,
	PRIMARY KEY (visitor, time, id, ordered)
) WITHOUT ROWID;
CREATE TABLE carts (
	visitor INTEGER NOT NULL, number INTEGER NOT NULL, began INTEGER NOT NULL, changed INTEGER NOT NULL, lines BLOB NOT NULL,
	state TEXT NOT NULL, value TEXT NOT NULL, unpriced INTEGER NOT NULL,
	visit INTEGER NOT NULL, start INTEGER, origin INTEGER NOT NULL, -- of the last change
	active INTEGER NOT NULL, ended INTEGER NOT NULL,
	PRIMARY KEY (visitor, number)
) WITHOUT ROWID;
CREATE INDEX carts_changed ON carts (changed, state, value, unpriced, visit, start, origin, active, ended);

-- The hours of UTC in which visits started, since the Unix epoch. version:
-- meta.changes when one of its visits last changed. packed: the version that
-- segments has.
CREATE TABLE hours (hour INTEGER PRIMARY KEY, version INTEGER NOT NULL, packed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX hours_version ON hours (version);
CREATE INDEX hours_stale ON hours (version) WHERE version <> packed;
CREATE TABLE segments (hour INTEGER PRIMARY KEY, version INTEGER NOT NULL, columns BLOB NOT NULL);

CREATE VIEW visit_report AS
SELECT v.id AS visit, r.id AS visitor, u.name AS user,
	strftime('%Y-%m-%d %H:%M:%f', v.start / 1000.0, 'unixepoch') AS started,
	(max(v.start, coalesce(v.last, v.start), coalesce((SELECT max(w.time) FROM views w WHERE w.visit = v.n), v.start)) - v.start) / 1000.0 AS seconds,
	CASE WHEN v.ended IS NULL THEN 'under way' ELSE v.reason END AS ended,
	o.source, o.medium, o.campaign, o.referrer, o.device, o.browser, o.os, o.bot,
	(SELECT coalesce(nullif(p.screen, ''), p.path) FROM views w JOIN pages p ON p.n = w.page
		WHERE w.visit = v.n ORDER BY w.time, length(w.id), w.id LIMIT 1) AS entry,
	(SELECT count(*) FROM views w WHERE w.visit = v.n) AS views,
	(SELECT count(*) FROM actions a WHERE a.visit = v.n)
		+ (SELECT count(*) FROM purchases p WHERE p.visit = v.n AND p.counts) AS actions
FROM visits v LEFT JOIN visitors r ON r.n = v.visitor LEFT JOIN users u ON u.n = v.user LEFT JOIN origins o ON o.n = v.origin
WHERE v.start IS NOT NULL;

CREATE VIEW view_report AS
SELECT v.id AS visit, strftime('%Y-%m-%d %H:%M:%f', w.time / 1000.0, 'unixepoch') AS time, p.path, p.route, p.screen,
	(SELECT max(e.milliseconds) / 1000.0 FROM engagements e WHERE e.visit = w.visit AND e.view = w.view) AS seconds_engaged
FROM views w JOIN visits v ON v.n = w.visit JOIN pages p ON p.n = w.page;

INSERT INTO meta VALUES (1, 0, 0, 0, 0, 0, 0, NULL, NULL);
