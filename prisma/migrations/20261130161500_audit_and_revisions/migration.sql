-- CreateTable
CREATE TABLE "audit_entries" (
    "seq" BIGINT NOT NULL,
    "entry" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("seq"),
    CONSTRAINT "audit_entries_hash_sha256" CHECK (octet_length("hash") = 32)
);

-- CreateTable
CREATE TABLE "audit_head" (
    "single" BOOLEAN NOT NULL DEFAULT true,
    "seq" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("single"),
    CONSTRAINT "audit_head_single" CHECK ("single")
);

-- CreateTable
CREATE TABLE "settings_revisions" (
    "revision" BIGINT NOT NULL,
    "document" JSONB NOT NULL,
    "kind" TEXT NOT NULL,
    "of_revision" BIGINT,
    "token_id" TEXT NOT NULL,
    "changed_by" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "reason" TEXT,
    "changes" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "probes" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "settings_revisions_pkey" PRIMARY KEY ("revision")
);

-- what is still watched: one or two rows
CREATE INDEX "settings_revisions_watched" ON "settings_revisions"("revision") WHERE "status" = 'watched';
