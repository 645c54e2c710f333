import type { Statement } from '@openclaw/db';
import type pg from 'pg';

/** What Postgres says of a statement: the types of its parameters in order, and of its columns by name. */
export interface Described {
  readonly params: readonly string[];
  readonly columns: Readonly<Record<string, string>>;
}

/** The part of node-postgres' wire that a statement needs to be parsed and described without being run. */
interface Wire {
  parse(message: { name: string; text: string; types: [] }, more: boolean): void;
  describe(message: { type: 'S'; name: string }, more: boolean): void;
  sync(): void;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** Parses the statement against the schema of `client`'s database; nothing is executed. Rejects with Postgres' own error. */
export async function describeStatement(client: pg.Client, { name, text }: Statement): Promise<Described> {
  const fields = await fieldsOf(client, name, text);
  const { rows } = await client.query<{ params: string[]; names: string[] }>(
    `SELECT ARRAY(SELECT ${SHORT_NAME} FROM pg_prepared_statements s, unnest(s.parameter_types::oid[]) WITH ORDINALITY AS p(oid, n)
    JOIN pg_type t ON t.oid = p.oid LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' WHERE s.name = $1 ORDER BY n) AS params,
  ARRAY(SELECT ${SHORT_NAME} FROM unnest($2::oid[]) WITH ORDINALITY AS p(oid, n)
    JOIN pg_type t ON t.oid = p.oid LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' ORDER BY n) AS names`,
    [name, fields.map(({ dataTypeID }) => dataTypeID)],
  );
  const [row] = rows;
  return { params: row?.params ?? [], columns: Object.fromEntries(fields.map((field, index) => [field.name, row?.names[index] ?? ''])) };
}

const SHORT_NAME = `CASE WHEN e.oid IS NULL THEN t.typname::text ELSE e.typname || '[]' END`;

function fieldsOf(client: pg.Client, name: string, text: string): Promise<readonly Field[]> {
  return new Promise((resolve, reject) => {
    let fields: readonly Field[] = [];
    let failure: Error | null = null;
    const query = {
      submit: (wire: Wire): void => {
        wire.parse({ name, text, types: [] }, true);
        wire.describe({ type: 'S', name }, true);
        wire.sync();
      },
      handleRowDescription: (message: { fields: readonly Field[] }): void => {
        fields = message.fields;
      },
      handleError: (error: Error): void => {
        failure = error;
        reject(new Error(`statement ${name}: ${error.message}`, { cause: error }));
      },
      handleReadyForQuery: (): void => {
        if (!failure) resolve(fields);
      },
    };
    client.query(query as unknown as pg.Submittable); // its type knows submit alone; the client calls the rest
  });
}
