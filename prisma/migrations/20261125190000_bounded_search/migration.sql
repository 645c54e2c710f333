-- A tsvector holds less than 1 MiB, and a generated column that is too large refuses its row (SQLSTATE 54000): a long reply could
-- not be stored. No 100,000 characters exceed that: the worst text known, hyphenated words of four-byte letters, takes 7.7 bytes
-- for each.
ALTER TABLE "messages" DROP COLUMN "search";
ALTER TABLE "messages" ADD COLUMN "search" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, left(content, 100000))) STORED;
CREATE INDEX "messages_search_idx" ON "messages" USING GIN ("search");

ALTER TABLE "memories" DROP COLUMN "search";
ALTER TABLE "memories" ADD COLUMN "search" tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, left(content, 100000))) STORED;
CREATE INDEX "memories_search_idx" ON "memories" USING GIN ("search");
