-- What is known, as it was told. Times are UTC. Nobody is named in here but who closed a ledger although something was missing.

CREATE TABLE receipt (
  sha256 VARCHAR(64), bytes BIGINT, package VARCHAR(300), station VARCHAR(300), filename VARCHAR(300),
  received_at TIMESTAMP
);

-- A manifest that arrived: what one revision of a ledger's package says of itself.
CREATE TABLE manifest (
  sha256 VARCHAR(64), station VARCHAR(64), place VARCHAR(16), commune VARCHAR(200), district VARCHAR(200),
  province VARCHAR(200), ledger VARCHAR(64), type VARCHAR(8), kind VARCHAR(16), revision INTEGER, is_partial BOOLEAN,
  totals VARCHAR(16), closed_reason VARCHAR(1000), closed_by VARCHAR(200), pages INTEGER, pages_expected INTEGER, entries INTEGER, entries_expected INTEGER, gaps INTEGER,
  software VARCHAR(100), archive VARCHAR(64), received_at TIMESTAMP
);

-- The entries that a manifest names; the date is as it was written, also a partial one.
CREATE TABLE entry (manifest VARCHAR(64), entry_year INTEGER, number VARCHAR(16), entry_date VARCHAR(16));

-- By which hand-overs a manifest's ledger came from other stations, and which ones were taken back. The revision is the newest that the station which handed it over had made by then.
CREATE TABLE hand_over (
  manifest VARCHAR(64), from_station VARCHAR(64), code VARCHAR(16), state VARCHAR(16), revision INTEGER, reason VARCHAR(1000)
);

-- A day's report that arrived, and of each commune in it what was done that day and how it stood then.
CREATE TABLE report (
  sha256 VARCHAR(64), station VARCHAR(64), report_day DATE, revision INTEGER, made_at TIMESTAMP, received_at TIMESTAMP
);
CREATE TABLE report_place (
  report VARCHAR(64), place VARCHAR(16), ledgers_closed INTEGER, pages_scanned INTEGER, a4_equivalents DOUBLE PRECISION,
  entries_named INTEGER, entries_attached INTEGER, total INTEGER, named INTEGER, delivered INTEGER, attached INTEGER,
  unstated INTEGER
);

CREATE TABLE heartbeat (
  id BIGINT, station VARCHAR(64), run VARCHAR(64), version VARCHAR(40), said_at TIMESTAMP, received_at TIMESTAMP,
  health VARCHAR(1300), free_bytes BIGINT, total_bytes BIGINT, waiting INTEGER, stuck INTEGER, is_paused BOOLEAN,
  oldest_unsent TIMESTAMP, backup_at TIMESTAMP
);

-- Who spoke under another station's name, by the token.
CREATE TABLE refusal (station VARCHAR(64), owner VARCHAR(64), times INTEGER, first_at TIMESTAMP, last_at TIMESTAMP);

-- What arrived, lies in the store, and is not counted, with the reason.
CREATE TABLE unread (sha256 VARCHAR(64), station VARCHAR(300), filename VARCHAR(300), reason VARCHAR(40), received_at TIMESTAMP);

-- What follows from that and is asked for again and again: the queries of these names, as of so many receipts.
CREATE TABLE arrived_entry (
  place VARCHAR(16), type VARCHAR(8), ledger VARCHAR(64), entry_year INTEGER, number VARCHAR(16), entry_date VARCHAR(16),
  received_at TIMESTAMP
);
CREATE TABLE arrival_day (place VARCHAR(16), work_day DATE, done BIGINT);
CREATE TABLE derived (receipts BIGINT);

-- The province's own list, and what the queries go by.
CREATE TABLE listed_commune (
  place VARCHAR(16), commune VARCHAR(200), district VARCHAR(200), province VARCHAR(200), entries INTEGER
);
CREATE TABLE listed_station (station VARCHAR(64), place VARCHAR(16));
-- The versions of the repository: the one that all stations are offered, and one that has come to a part of them.
CREATE TABLE offered (everywhere VARCHAR(40), under_way VARCHAR(40));
CREATE TABLE parameter (right_now TIMESTAMP, silent_before TIMESTAMP, done VARCHAR(16));
