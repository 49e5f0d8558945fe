import { SecretHasher } from './secret-hasher.js';

describe('SecretHasher', () => {
  it('proves the secret that was hashed, again and again, and no other', async () => {
    const hasher = new SecretHasher();
    const stored = await hasher.hash('secret');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hasher.hash('secret')).not.toBe(stored);
    expect(await hasher.verify(stored, 'secret')).toBe(true);
    expect(await hasher.verify(stored, 'secret')).toBe(true);
    expect(await hasher.verify(stored, 'Secret')).toBe(false);
  });

  it('refuses where there is no hash', async () => {
    const hasher = new SecretHasher();
    expect(await hasher.verify(undefined, 'secret')).toBe(false);
    expect(await hasher.verify(null, '')).toBe(false);
  });

  it('answers overloaded to a flood, and works through what it took', async () => {
    const hasher = new SecretHasher({ atOnce: 2, waiting: 3 });
    const answers = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => hasher.hash(`secret ${index}`)));
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } });
    expect(await hasher.hash('afterwards')).toMatch(/^\$argon2id\$/);
  });
});
