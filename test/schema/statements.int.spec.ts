import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OwnedStatement, Statement } from '@openclaw/db';
import pg from 'pg';
import { createTestServices, type TestServices } from '../support/test-services.js';
import { describeStatement } from '../support/describe-statement.js';

const STORES = globSync('libs/*/*/src/**/*.store.ts').sort();

interface Written {
  readonly statement: Statement;
  readonly owned: boolean;
}

interface Store {
  readonly path: string;
  readonly statements: readonly Written[];
}

/** Tables with a person, and those whose rows go with a row of such a table. */
const OWNED_TABLES = `WITH RECURSIVE owned AS (
  SELECT table_name::regclass AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'person'
  UNION SELECT conrelid::regclass FROM pg_constraint JOIN owned ON confrelid = owned.name WHERE contype = 'f')
SELECT name::text FROM owned`;

async function load(path: string): Promise<Store> {
  const module: unknown = await import(`../../${path}`);
  // every store exports them under this name
  const { statements = [] } = module as { statements?: readonly (Statement | OwnedStatement)[] };
  return {
    path,
    statements: statements.map((each) => ('owned' in each ? { statement: each.owned, owned: true } : { statement: each, owned: false })),
  };
}

describe('statements', () => {
  let services: TestServices;
  let client: pg.Client;
  let stores: Store[];

  beforeAll(async () => {
    services = await createTestServices();
    client = new pg.Client({ connectionString: services.databaseUrl });
    await client.connect();
    stores = await Promise.all(STORES.map(load));
  });
  afterAll(async () => {
    await client.end();
    await services.close();
  });

  it('are all exported by their store, under names that occur once', () => {
    for (const { path, statements } of stores) {
      const written = readFileSync(path, 'utf8').match(/\b(statement|ownedStatement)\(/g)?.length ?? 0;
      expect({ path, statements: statements.length }).toEqual({ path, statements: written });
    }
    const names = stores.flatMap(({ statements }) => statements.map(({ statement }) => statement.name));
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('on what belongs to persons name the person, or say why they need not', async () => {
    const owned = (await services.sql<{ name: string }>(OWNED_TABLES)).map(({ name }) => name);
    expect(owned).toEqual(expect.arrayContaining(['conversations', 'messages', 'runs', 'tool_calls']));
    const touches = new RegExp(`\\b(from|join|into|update|using)\\s+"?(${owned.join('|')})\\b`, 'i');
    const written = stores.flatMap(({ statements }) => statements);
    const unnamed = written.filter(
      ({ statement, owned: isOwned }) => touches.test(statement.text) && !isOwned && statement.anybodys === null,
    );
    expect(unnamed.map(({ statement }) => statement.name)).toEqual([]);
    const needless = written.filter(
      ({ statement, owned: isOwned }) => statement.anybodys !== null && (isOwned || !touches.test(statement.text)),
    );
    expect(needless.map(({ statement }) => statement.name)).toEqual([]);
  });

  it.each(STORES)('%s: what its statements take and give is what the schema says', async (path) => {
    for (const { statement } of stores.find((store) => store.path === path)?.statements ?? []) {
      const { params, columns } = await describeStatement(client, statement);
      expect({ name: statement.name, params, columns: pick(columns, statement.row) }).toEqual({
        name: statement.name,
        params: statement.order.map((param) => shortName(statement.params[param])),
        columns: Object.fromEntries(Object.entries(statement.row).map(([column, type]) => [column, shortName(type)])),
      });
    }
  });
});

/** A column that nobody declared is one that nobody reads. */
function pick(columns: Readonly<Record<string, string>>, row: Statement['row']): Record<string, string | undefined> {
  return Object.fromEntries(Object.keys(row).map((column) => [column, columns[column]]));
}

function shortName(type: Statement['row'][string] | undefined): string {
  return (typeof type === 'string' ? type : (type?.type ?? '')).replace(/\?$/, '').replaceAll('"', '');
}
