import { type Database, ownedStatement } from '@openclaw/db';
import { Fault } from '@openclaw/errors';
import type { Caller } from '@openclaw/words';

const FIND = ownedStatement({
  name: 'find_thing',
  params: { id: 'uuid' },
  row: { id: 'uuid', name: 'text' },
  text: 'SELECT id, name FROM things WHERE id = :id AND (:sees IS NULL OR person = :sees)',
});
const KEEP = ownedStatement({
  name: 'keep_thing',
  params: { id: 'uuid', name: 'text' },
  text: 'INSERT INTO things (id, person, name) VALUES (:id, :person, :name) ON CONFLICT (id) DO NOTHING',
});
const COUNT = ownedStatement({
  name: 'count_things',
  text: `INSERT INTO thing_counts (person, things) SELECT :person, count(*) FROM things WHERE person = :person
ON CONFLICT (person) DO UPDATE SET things = excluded.things`,
});

/** Things, each somebody's. */
export class ThingsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws Fault `not_found` where there is none, or it is another person's */
  async get(caller: Caller, id: string): Promise<{ id: string; name: string }> {
    const [thing] = await this.#database.as(caller)(FIND, { id });
    if (!thing) throw new Fault('not_found', `There is no thing ${id}.`);
    return thing;
  }

  /** Repeated, it changes nothing. */
  async keep(caller: Caller, thing: { readonly id: string; readonly name: string }): Promise<void> {
    await this.#database.as(caller)(KEEP, thing);
  }

  async count(owner: Pick<Caller, 'person' | 'sees'>): Promise<void> {
    await this.#database.as(owner)(COUNT);
  }
}
