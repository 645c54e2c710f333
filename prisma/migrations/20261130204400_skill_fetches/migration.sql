-- CreateTable
CREATE TABLE "skill_fetches" (
    "id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "outcome" TEXT,
    "reason" TEXT,
    "bytes" BYTEA,

    CONSTRAINT "skill_fetches_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "skill_fetches_outcome" CHECK ("outcome" IN ('fetched', 'forbidden', 'failed'))
);
