-- CreateTable
CREATE TABLE "tokens" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "scopes" TEXT[],
    "person" TEXT NOT NULL DEFAULT 'owner',
    "parent_id" UUID,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "idempotency_key" TEXT,
    "request_hash" TEXT,

    CONSTRAINT "tokens_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "tokens_digest_sha256" CHECK (octet_length("digest") = 32)
);

-- CreateIndex
CREATE INDEX "tokens_parent_id_idx" ON "tokens"("parent_id");

-- CreateIndex
CREATE INDEX "tokens_person_name_idx" ON "tokens"("person", "name");

-- CreateIndex
CREATE UNIQUE INDEX "tokens_created_by_idempotency_key_key" ON "tokens"("created_by", "idempotency_key");

-- AddForeignKey
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "tokens"("id") ON DELETE CASCADE ON UPDATE CASCADE;
