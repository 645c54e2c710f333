-- AlterTable
ALTER TABLE "memory_entries" ADD COLUMN "done_at" TIMESTAMPTZ(3);
