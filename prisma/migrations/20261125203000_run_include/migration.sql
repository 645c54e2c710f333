-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "include" TEXT[] DEFAULT ARRAY[]::TEXT[];
