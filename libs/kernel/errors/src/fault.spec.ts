import { describe, expect, it } from '@jest/globals';
import { ERROR_STATUS, errorBodySchema } from '@openclaw/words';
import { Fault } from './fault.js';

describe('Fault', () => {
  it('says on the wire what its code, sentence and details are, and nothing of its cause', () => {
    const fault = new Fault('not_found', 'There is no such message.', {
      details: { id: 'msg_x' },
      cause: new Error('SELECT failed on /srv'),
    });
    expect(fault.toBody()).toEqual({ error: 'not_found', message: 'There is no such message.', status: 404, details: { id: 'msg_x' } });
    expect(JSON.stringify(fault.toBody())).not.toContain('SELECT');
    expect(fault.cause).toBeInstanceOf(Error);
  });

  it.each(Object.entries(ERROR_STATUS))('%s is %i on the wire, in the shape of the contract, and comes back the same', (code, status) => {
    const body = errorBodySchema.parse(new Fault(code as keyof typeof ERROR_STATUS, 'Sentence.').toBody()); // the keys of the table
    expect(body).toEqual({ error: code, message: 'Sentence.', status, details: {} });
    expect(Fault.fromBody(body).toBody()).toEqual(body);
  });

  it('whatever else is thrown becomes internal_error without particulars', () => {
    const fault = new Fault('conflict', 'Busy.');
    expect(Fault.from(fault)).toBe(fault);
    for (const thrown of [new Error('password is hunter2'), 'hunter2', null, undefined]) {
      const made = Fault.from(thrown);
      expect(made.toBody()).toMatchObject({ error: 'internal_error', status: 500, details: {} });
      expect(JSON.stringify(made.toBody())).not.toContain('hunter2');
      expect(made.cause).toBe(thrown);
    }
  });
});
