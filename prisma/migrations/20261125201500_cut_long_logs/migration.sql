-- Logs of the time before there were pages, where they are long: all but the last event goes into pages of 256 KB, so that readers
-- need not unpack the whole for each part of it.
WITH cut AS (
  SELECT runs.id, log.place::int AS seq, log.event::text AS event,
    (sum(octet_length(log.event::text)) OVER (PARTITION BY runs.id ORDER BY log.place) - octet_length(log.event::text)) / 262144 AS page
  FROM runs, json_array_elements(runs.events::json) WITH ORDINALITY AS log(event, place)
  WHERE octet_length(runs.events) > 524288 AND log.place < json_array_length(runs.events::json)
)
INSERT INTO "run_log_pages" ("run_id", "first_seq", "last_seq", "events")
SELECT id, min(seq), max(seq), '[' || string_agg(event, ',' ORDER BY seq) || ']' FROM cut GROUP BY id, page;

UPDATE "runs" SET "events" = '[' || ("events"::json -> -1)::text || ']' WHERE octet_length("events") > 524288;
