-- What was made of the log: sections of documents, and their passages, each with the entries that it came from.
-- CreateTable
CREATE TABLE "memory_sections" (
    "id" UUID NOT NULL,
    "person" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "period" TEXT NOT NULL DEFAULT '',
    "thread_id" UUID,
    "conversation_id" UUID,
    "through_seq" BIGINT NOT NULL DEFAULT 0,
    "entries" INTEGER NOT NULL DEFAULT 0,
    "compacted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "memory_sections_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memory_passages" (
    "id" UUID NOT NULL,
    "person" TEXT NOT NULL,
    "section_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "body" TEXT NOT NULL,
    "terms" tsvector NOT NULL,
    "length" INTEGER NOT NULL,
    "flags" SMALLINT NOT NULL,
    "importance" REAL NOT NULL,
    "provenance" TEXT NOT NULL,
    "superseded" BOOLEAN NOT NULL DEFAULT false,
    "sources" UUID[],
    "recalls" INTEGER NOT NULL DEFAULT 0,
    "recalled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "memory_passages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memory_compactions" (
    "person" TEXT NOT NULL,
    "through_seq" BIGINT NOT NULL DEFAULT 0,
    "compacted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "memory_compactions_pkey" PRIMARY KEY ("person")
);

-- CreateIndex
CREATE INDEX "memory_sections_conversation_id_idx" ON "memory_sections"("conversation_id");

-- CreateIndex
CREATE INDEX "memory_passages_section_id_position_idx" ON "memory_passages"("section_id", "position");

-- CreateIndex
CREATE INDEX "memory_passages_terms_idx" ON "memory_passages" USING GIN ("terms");

-- CreateIndex
CREATE INDEX "memory_passages_sources_idx" ON "memory_passages" USING GIN ("sources");

-- CreateIndex
CREATE INDEX "memory_entries_person_seq_idx" ON "memory_entries"("person", "seq");

-- AddForeignKey
ALTER TABLE "memory_sections" ADD CONSTRAINT "memory_sections_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memory_passages" ADD CONSTRAINT "memory_passages_section_id_fkey" FOREIGN KEY ("section_id") REFERENCES "memory_sections"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One section of a name: two nulls are alike, which the schema language cannot say.
CREATE UNIQUE INDEX "memory_sections_name_key" ON "memory_sections"("person", "document", "period", "thread_id") NULLS NOT DISTINCT;

-- What was made of an entry goes with it, by whatever cascade; the rest of its section is made anew.
CREATE FUNCTION "memory_unwrite"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  whose TEXT;
BEGIN
  FOR whose IN SELECT DISTINCT person FROM gone ORDER BY person LOOP
    PERFORM memory_lock(whose);
  END LOOP;
  WITH lost AS (DELETE FROM memory_passages WHERE sources && (SELECT array_agg(id) FROM gone) RETURNING section_id)
  UPDATE memory_sections SET through_seq = 0 FROM lost WHERE memory_sections.id = lost.section_id;
  RETURN NULL;
END $$;
CREATE TRIGGER "memory_entries_unwrite" AFTER DELETE ON "memory_entries"
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION memory_unwrite();
