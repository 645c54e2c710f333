-- What entries mean, as vectors of whatever embedder there is: beside the words, never instead of them.
CREATE EXTENSION IF NOT EXISTS vector;

-- CreateTable
CREATE TABLE "memory_embedders" (
    "id" INTEGER GENERATED ALWAYS AS IDENTITY,
    "name" TEXT NOT NULL,
    "dimensions" INTEGER NOT NULL,
    "current" BOOLEAN NOT NULL,
    "behind" UUID,

    CONSTRAINT "memory_embedders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memory_vectors" (
    "entry_id" UUID NOT NULL,
    "embedder_id" INTEGER NOT NULL,
    "person" TEXT NOT NULL,
    "embedding" halfvec NOT NULL,

    CONSTRAINT "memory_vectors_pkey" PRIMARY KEY ("entry_id","embedder_id")
);

-- CreateTable
CREATE TABLE "memory_unembedded" (
    "entry_id" UUID NOT NULL,
    "person" TEXT NOT NULL,
    "failures" SMALLINT NOT NULL DEFAULT 0,

    CONSTRAINT "memory_unembedded_pkey" PRIMARY KEY ("entry_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "memory_embedders_name_key" ON "memory_embedders"("name");

-- CreateIndex
CREATE INDEX "memory_vectors_embedder_id_person_idx" ON "memory_vectors"("embedder_id", "person");

-- AddForeignKey
ALTER TABLE "memory_vectors" ADD CONSTRAINT "memory_vectors_entry_id_fkey" FOREIGN KEY ("entry_id") REFERENCES "memory_entries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memory_vectors" ADD CONSTRAINT "memory_vectors_embedder_id_fkey" FOREIGN KEY ("embedder_id") REFERENCES "memory_embedders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memory_unembedded" ADD CONSTRAINT "memory_unembedded_entry_id_fkey" FOREIGN KEY ("entry_id") REFERENCES "memory_entries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A vector is read with its row: out of line it would cost a look-up each.
ALTER TABLE "memory_vectors" ALTER COLUMN "embedding" SET STORAGE PLAIN;

-- Search in a large log. An index knows one number of dimensions; these are those of common models, and an empty one costs nothing.
-- Vectors of another length are compared one by one.
CREATE INDEX "memory_vectors_384_idx" ON "memory_vectors" USING hnsw (("embedding"::halfvec(384)) halfvec_cosine_ops) WHERE vector_dims("embedding") = 384;
CREATE INDEX "memory_vectors_512_idx" ON "memory_vectors" USING hnsw (("embedding"::halfvec(512)) halfvec_cosine_ops) WHERE vector_dims("embedding") = 512;
CREATE INDEX "memory_vectors_768_idx" ON "memory_vectors" USING hnsw (("embedding"::halfvec(768)) halfvec_cosine_ops) WHERE vector_dims("embedding") = 768;
CREATE INDEX "memory_vectors_1024_idx" ON "memory_vectors" USING hnsw (("embedding"::halfvec(1024)) halfvec_cosine_ops) WHERE vector_dims("embedding") = 1024;
CREATE INDEX "memory_vectors_1536_idx" ON "memory_vectors" USING hnsw (("embedding"::halfvec(1536)) halfvec_cosine_ops) WHERE vector_dims("embedding") = 1536;

-- Whatever writes an entry, in whatever version: it waits for its vector, in the same transaction.
CREATE FUNCTION "memory_await_embedding"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO memory_unembedded (entry_id, person) SELECT id, person FROM come ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER "memory_entries_await_embedding" AFTER INSERT ON "memory_entries"
  REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION memory_await_embedding();
