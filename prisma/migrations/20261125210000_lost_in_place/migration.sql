-- Where a run lost its workers: one that breaks them is known by losing them in one place.
ALTER TABLE "runs" ADD COLUMN "lost_step" INTEGER,
ADD COLUMN "losses_here" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "lost_alone" BOOLEAN NOT NULL DEFAULT false;
