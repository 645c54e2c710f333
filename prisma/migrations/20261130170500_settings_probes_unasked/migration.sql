-- null until the providers that a revision touches were asked
ALTER TABLE "settings_revisions" ALTER COLUMN "probes" DROP NOT NULL, ALTER COLUMN "probes" DROP DEFAULT;
UPDATE "settings_revisions" SET "probes" = NULL WHERE "status" = 'watched';
