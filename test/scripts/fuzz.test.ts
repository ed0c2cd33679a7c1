import { expect, test } from 'vitest';
import { hexLines, readCorpus } from '../../scripts/fuzz/corpus.ts';
import { mutate } from '../../scripts/fuzz/mutate.ts';
import { seeded } from '../../scripts/fuzz/random.ts';
import { describeResult, fuzz, replay } from '../../scripts/fuzz/run.ts';

const CORPUS = 'test/dns/wire/corpus';
/** Every packet of the corpus, and a few thousand made of them: some seconds. */
const PACKETS = 6000;

test('no packet of the corpus, and none made of it, does harm to anything that reads octets', async () => {
  const corpus = await readCorpus(CORPUS);
  expect(corpus.length).toBeGreaterThan(200);
  const result = await fuzz({
    corpus,
    seed: 20_261_122,
    packets: PACKETS,
    seconds: Number.POSITIVE_INFINITY,
  });
  expect(result.failure).toBeUndefined();
  expect(result.packets).toBe(PACKETS);
}, 120_000);

test('the same seed makes the same packets, another seed others', async () => {
  const corpus = await readCorpus(CORPUS);
  const made = (seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 50 }, () => mutate(random.pick(corpus), corpus, random).toString('hex'));
  };
  expect(made(1)).toEqual(made(1));
  expect(made(1)).not.toEqual(made(2));
});

test('a failure names the target and the packet that reproduces it', async () => {
  const target = {
    name: 'fragile',
    run(packet: Buffer) {
      if (packet.length === 3) throw new Error('three octets');
    },
  };
  const corpus = [Buffer.of(1, 2), Buffer.of(1, 2, 3)];
  const result = await fuzz({ corpus, seed: 7, packets: 10, seconds: 60, targets: [target] });
  expect(result).toMatchObject({ packets: 2, failure: { target: 'fragile', number: 2, packet: '010203' } });
  expect(describeResult(result)).toMatch(/Packet 2 of seed 7 failed in fragile: Error: three octets/);
  expect(describeResult(result)).toContain('npm run fuzz -- --replay 010203');
});

test('a packet can be fed alone', async () => {
  expect(await replay(Buffer.from('123481800001', 'hex'))).not.toHaveProperty('failure');
});

test('a corpus is hex with remarks, and says which line is not', () => {
  expect(hexLines('# all\n12 34  # two\n\nff')).toEqual([Buffer.of(0x12, 0x34), Buffer.of(0xff)]);
  expect(() => hexLines('12\nxyz')).toThrow(/line 2/);
});
