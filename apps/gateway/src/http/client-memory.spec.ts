import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../../test/support/seeded-random.js';
import { ClientMemory, type ClientShare } from './client-memory.js';

const signal = new AbortController().signal;

describe('ClientMemory', () => {
  /** Clients by name, and who was cut off. */
  function clients(bytesMax: number): { memory: ClientMemory; open: (name: string) => ClientShare; cut: string[] } {
    const cut: string[] = [];
    const memory = new ClientMemory(bytesMax, () => undefined);
    return { memory, cut, open: (name) => memory.open(() => cut.push(name)) };
  }

  it('cuts off whoever has held the most for the longest, as many as it takes, and nobody who reads', async () => {
    const { memory, open, cut } = clients(100);
    const [still, reads, small] = [open('still'), open('reads'), open('small')];
    still.pend(40);
    reads.pend(45);
    small.pend(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    reads.pend(-1);
    open('new').pend(30);
    expect(cut).toEqual(['still']);
    expect(memory.held).toBe(75);
    still.pend(1000);
    expect(memory.held).toBe(75);
  });

  it('a page waits until there is room', async () => {
    const { memory, open, cut } = clients(100);
    const [first, second] = [open('first'), open('second')];
    await first.reserve(80, signal);
    const waiting = second.reserve(60, signal);
    expect(memory.held).toBe(80);
    first.hold(-80);
    await waiting;
    expect([memory.held, cut]).toEqual([60, []]);
  });

  it('of many that wait for the same room, no more begin than there is room for, and nobody is cut off for it', async () => {
    const { memory, open, cut } = clients(100);
    const first = open('first');
    await first.reserve(100, signal);
    first.pend(0);
    const others = Array.from({ length: 8 }, (_, index) => open(String(index)));
    const began: number[] = [];
    const waiting = others.map(async (share) => {
      await share.reserve(40, signal);
      share.pend(1);
      began.push(memory.held);
      await Promise.resolve();
      share.close();
    });
    first.close();
    await Promise.all(waiting);
    expect(cut).toEqual([]);
    expect(began).toHaveLength(8);
    expect(Math.max(...began)).toBeLessThanOrEqual(100);
  });

  it('and where nobody lets go, one who does not read is made to', async () => {
    const { open, cut } = clients(100);
    open('a page that is being read from Postgres').hold(30);
    open('stands still').pend(60);
    await open('page').reserve(60, signal);
    expect(cut).toEqual(['stands still']);
  });

  it('a client of many pages waits for itself, and nobody else for it', async () => {
    const { memory, open, cut } = clients(800);
    const [many, other] = [open('many'), open('other')];
    await many.reserve(250, signal);
    const waiting = many.reserve(250, signal);
    await other.reserve(250, signal);
    expect(memory.held).toBe(500);
    many.hold(-250);
    await waiting;
    expect([memory.held, cut]).toEqual([500, []]);
  });

  it('looks whose size nobody knows yet wait for one another, and what they find counts', async () => {
    const { memory, open, cut } = clients(8_000_000);
    const many = open('many');
    const looks = Array.from({ length: 6 }, () => Promise.withResolvers<{ bytes: number }>());
    let [begun, ended] = [0, 0];
    const all = looks.map(async ({ promise }) => {
      await many.take(200_000, signal, () => {
        begun += 1;
        return promise;
      });
      ended += 1;
    });
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    };
    await settle();
    expect(begun).toBe(3);
    looks[0]?.resolve({ bytes: 1_200_000 });
    await settle();
    expect([begun, ended, memory.held]).toEqual([3, 1, 1_600_000]);
    many.hold(-1_200_000);
    await settle();
    expect(begun).toBe(4);
    for (const look of looks) look.resolve({ bytes: 1 });
    await Promise.all(all);
    expect([begun, cut]).toEqual([6, []]);
  });

  it('a page larger than everything is read alone', async () => {
    const { memory, open } = clients(100);
    await open('large').reserve(500, signal);
    expect(memory.held).toBe(500);
  });

  it('never holds more than its bound, and comes back to nothing, whatever clients do', async () => {
    const random = seededRandom(20_261_125);
    const { memory, open } = clients(1000);
    let shares: ClientShare[] = [];
    for (let step = 0; step < 3000; step += 1) {
      const share = shares[Math.floor(random() * shares.length)];
      const dice = random();
      if (!share || dice < 0.1) shares.push(open('client'));
      else if (dice < 0.6) share.pend(Math.ceil(random() * 300));
      else if (dice < 0.8) share.pend(-Math.floor(random() * share.bytes));
      else if (dice < 0.9) share.close();
      else if (memory.held < 500 && share.bytes === 0) await share.reserve(400, signal);
      expect(memory.held).toBeLessThanOrEqual(1000);
      expect(memory.held).toBe(shares.reduce((sum, { bytes }) => sum + bytes, 0));
    }
    shares.forEach((share) => {
      share.close();
    });
    shares = [];
    expect(memory.held).toBe(0);
  });
});
