-- CreateTable
CREATE TABLE "log_lines" (
    "position" BIGINT NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "level" INTEGER NOT NULL,
    "component" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "request_id" TEXT,
    "conversation_id" TEXT,
    "message_id" TEXT,
    "line" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "log_lines_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "log_store" (
    "id" SMALLINT NOT NULL,
    "first" BIGINT NOT NULL,
    "last" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "log_store_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "log_store_is_one" CHECK ("id" = 1)
);

-- CreateTable
CREATE TABLE "log_writers" (
    "id" UUID NOT NULL,
    "batch" INTEGER NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_writers_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "log_lines_time_position_idx" ON "log_lines"("time", "position");

-- CreateIndex
CREATE INDEX "log_lines_component_time_position_idx" ON "log_lines"("component", "time", "position");

-- CreateIndex
CREATE INDEX "log_lines_request_id_idx" ON "log_lines"("request_id");

-- CreateIndex
CREATE INDEX "log_lines_conversation_id_idx" ON "log_lines"("conversation_id");

-- CreateIndex
CREATE INDEX "log_lines_text_idx" ON "log_lines" USING GIN ("text" gin_trgm_ops);

-- Beyond what the schema language says: warnings and errors are few, and asked for most.
CREATE INDEX "log_lines_severe_idx" ON "log_lines"("time", "position") WHERE "level" >= 40;

-- It is always there.
INSERT INTO "log_store" ("id", "first", "last", "bytes") VALUES (1, 1, 0, 0);

-- Lines come and go in their order: what went is to be found as room soon, and the one row is written again and again.
ALTER TABLE "log_lines" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE "log_store" SET (fillfactor = 10);
