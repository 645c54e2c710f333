-- Everything that was said or saved, one row per turn or fact, with the terms that it is found by.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- AlterTable
ALTER TABLE "conversations" ADD COLUMN "entries" INTEGER NOT NULL DEFAULT 0, ADD COLUMN "session" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "unindexed" BOOLEAN NOT NULL DEFAULT true;

-- CreateTable
CREATE TABLE "memory_threads" (
    "id" UUID NOT NULL,
    "person" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "entries" INTEGER NOT NULL DEFAULT 0,
    "session" INTEGER NOT NULL DEFAULT 1,
    "last_at" TIMESTAMPTZ(3),

    CONSTRAINT "memory_threads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memory_entries" (
    "id" UUID NOT NULL,
    "seq" BIGINT GENERATED ALWAYS AS IDENTITY,
    "person" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "body" TEXT NOT NULL,
    "checksum" BYTEA NOT NULL,
    "terms" tsvector NOT NULL,
    "length" INTEGER NOT NULL,
    "flags" SMALLINT NOT NULL,
    "conversation_id" UUID,
    "message_id" UUID,
    "thread_id" UUID,
    "position" INTEGER NOT NULL DEFAULT 0,
    "session" INTEGER NOT NULL DEFAULT 0,
    "channel" TEXT,
    "provenance" TEXT NOT NULL,
    "importance" REAL NOT NULL,
    "tags" TEXT[] NOT NULL DEFAULT '{}',
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "recallable" BOOLEAN NOT NULL DEFAULT true,
    "recalls" INTEGER NOT NULL DEFAULT 0,
    "recalled_at" TIMESTAMPTZ(3),
    "superseded_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "memory_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memory_uncounted" (
    "person" TEXT NOT NULL,
    "entry_id" UUID NOT NULL,

    CONSTRAINT "memory_uncounted_pkey" PRIMARY KEY ("person","entry_id")
);

-- CreateTable
CREATE TABLE "memory_terms" (
    "person" TEXT NOT NULL,
    "term" TEXT NOT NULL,
    "entries" INTEGER NOT NULL,

    CONSTRAINT "memory_terms_pkey" PRIMARY KEY ("term","person")
);

-- CreateTable
CREATE TABLE "memory_logs" (
    "person" TEXT NOT NULL,
    "entries" BIGINT NOT NULL DEFAULT 0,
    "length" BIGINT NOT NULL DEFAULT 0,
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "forgotten" BIGINT NOT NULL DEFAULT 0,
    "forgotten_bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "memory_logs_pkey" PRIMARY KEY ("person")
);

-- CreateIndex
CREATE UNIQUE INDEX "memory_threads_person_name_key" ON "memory_threads"("person", "name");

-- CreateIndex
CREATE INDEX "memory_entries_terms_idx" ON "memory_entries" USING GIN ("terms");

-- CreateIndex
CREATE INDEX "memory_entries_thread_id_position_idx" ON "memory_entries"("thread_id", "position");

-- CreateIndex
CREATE INDEX "memory_entries_conversation_id_idx" ON "memory_entries"("conversation_id");

-- CreateIndex
CREATE INDEX "memory_terms_term_idx" ON "memory_terms" USING GIN ("term" gin_trgm_ops);

-- AddForeignKey
ALTER TABLE "memory_entries" ADD CONSTRAINT "memory_entries_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A list of what is new makes each search read all of it: with it off an entry costs 0.1 ms more to write and a search half.
ALTER INDEX "memory_entries_terms_idx" SET (fastupdate = off);
-- Counters that change often: room on the page keeps the changes in place.
ALTER TABLE "memory_terms" SET (fillfactor = 80);
ALTER TABLE "memory_logs" SET (fillfactor = 50);

-- How many entries of a person have a term is counted apart from writing them: every message holds the common words, and their
-- counters would make all messages wait for each other. Whoever counts a person's terms holds that person's lock.
CREATE FUNCTION "memory_lock"("of_person" TEXT) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(77, hashtext(of_person))
$$;

-- What is deleted, by whatever way, leaves no word behind.
CREATE FUNCTION "memory_uncount"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  whose TEXT;
BEGIN
  FOR whose IN SELECT DISTINCT person FROM gone ORDER BY person LOOP
    PERFORM memory_lock(whose);
    WITH never AS (DELETE FROM memory_uncounted u USING gone WHERE u.person = whose AND u.entry_id = gone.id RETURNING u.entry_id),
    counted AS (SELECT terms, length, octet_length(body) AS bytes, recallable FROM gone WHERE person = whose AND id NOT IN (SELECT entry_id FROM never)),
    words AS (SELECT term, count(*)::int AS entries FROM counted, unnest(tsvector_to_array(terms)) AS term GROUP BY term),
    fewer AS (
      UPDATE memory_terms SET entries = memory_terms.entries - words.entries FROM words
      WHERE memory_terms.person = whose AND memory_terms.term = words.term AND memory_terms.entries > words.entries),
    none AS (
      DELETE FROM memory_terms USING words
      WHERE memory_terms.person = whose AND memory_terms.term = words.term AND memory_terms.entries <= words.entries)
    UPDATE memory_logs SET entries = memory_logs.entries - sums.entries, length = memory_logs.length - sums.length,
      bytes = memory_logs.bytes - sums.bytes, forgotten = memory_logs.forgotten - sums.forgotten,
      forgotten_bytes = memory_logs.forgotten_bytes - sums.forgotten_bytes
    FROM (
      SELECT count(*) AS entries, coalesce(sum(length), 0) AS length, coalesce(sum(bytes), 0) AS bytes,
        count(*) FILTER (WHERE NOT recallable) AS forgotten, coalesce(sum(bytes) FILTER (WHERE NOT recallable), 0) AS forgotten_bytes
      FROM counted) sums
    WHERE memory_logs.person = whose;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER "memory_entries_uncount" AFTER DELETE ON "memory_entries"
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION memory_uncount();

-- What was said before this migration, or by a process of the version before it, is indexed by the workers.
CREATE INDEX "conversations_unindexed_idx" ON "conversations"("id") WHERE "unindexed";

-- Search reads memory_entries. The column stays empty for processes of the version before this one, and goes with a later migration.
DROP INDEX "messages_search_idx";
ALTER TABLE "messages" ALTER COLUMN "search" DROP EXPRESSION;

-- Partial indexes, which the schema language cannot express.
-- search in a time, or in a small log; the oldest entry
CREATE INDEX "memory_entries_person_at_idx" ON "memory_entries"("person", "at") WHERE "recallable";
-- the same thing saved twice is one memory; how many there are of each kind
CREATE INDEX "memory_entries_saved_idx" ON "memory_entries"("person", "checksum", "kind") WHERE "kind" <> 'message';
