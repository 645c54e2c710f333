-- CreateEnum
CREATE TYPE "work_status" AS ENUM ('waiting', 'working', 'done', 'dead', 'cancelled');

-- CreateTable
CREATE TABLE "work" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT,
    "person" TEXT,
    "payload" JSONB NOT NULL,
    "lane" TEXT NOT NULL,
    "run_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" "work_status" NOT NULL DEFAULT 'waiting',
    "again" BOOLEAN NOT NULL DEFAULT false,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "losses" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "worker_id" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "cancel_requested_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "work_pkey" PRIMARY KEY ("id")
);

-- Partial indexes, which the schema language cannot express. Each is named for the statement that it serves.
-- enqueue: one that waits or is worked on per key
CREATE UNIQUE INDEX "work_live_key_idx" ON "work"("kind", "key") WHERE "status" IN ('waiting', 'working');
-- claim_work, due_work
CREATE INDEX "work_due_idx" ON "work"("lane", "run_at") WHERE "status" = 'waiting';
-- reap_work: leases that ran out
CREATE INDEX "work_leased_idx" ON "work"("lease_until") WHERE "status" = 'working';
-- forget_work, list_work
CREATE INDEX "work_over_idx" ON "work"("finished_at") WHERE "status" IN ('done', 'dead', 'cancelled');

-- A row changes several times in its short life: room on the page keeps those changes in place.
ALTER TABLE "work" SET (fillfactor = 70);
