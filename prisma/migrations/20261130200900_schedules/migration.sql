-- CreateTable
CREATE TABLE "schedules" (
    "id" UUID NOT NULL,
    "person" TEXT NOT NULL DEFAULT 'owner',
    "name" TEXT,
    "cron" TEXT,
    "at" TEXT,
    "timezone" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "conversation_id" UUID,
    "missed" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "after_slot" TIMESTAMPTZ(3) NOT NULL,
    "next_slot" TIMESTAMPTZ(3),
    "zone_rules" TEXT NOT NULL,
    "last_slot" TIMESTAMPTZ(3),
    "last_late" BOOLEAN NOT NULL DEFAULT false,
    "last_run_id" UUID,
    "last_reason" TEXT,
    "last_error" TEXT,
    "token_id" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "idempotency_key" TEXT,
    "request_hash" TEXT,

    CONSTRAINT "schedules_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "schedules_missed" CHECK ("missed" IN ('skip', 'once', 'all')),
    CONSTRAINT "schedules_cron_or_at" CHECK (num_nonnulls("cron", "at") = 1),
    CONSTRAINT "schedules_next_after" CHECK ("next_slot" > "after_slot")
);

-- CreateIndex
CREATE UNIQUE INDEX "schedules_created_by_idempotency_key_key" ON "schedules"("created_by", "idempotency_key");
