/** A question as it stands in a DNS query (RFC 1035, section 4.1). */
export interface DnsQuestion {
  /** Transaction id. */
  readonly id: number;
  /** Name in lower case, without the last dot. */
  readonly name: string;
  /** Record type: 1 = A, 28 = AAAA. */
  readonly type: number;
  /** The question section as received, to be repeated in the answer. */
  readonly section: Buffer;
}

/** An answer to one question. */
export interface DnsReply {
  /** Response code: 0 no error, 2 server failure, 3 no such name, 5 refused. */
  readonly code: 0 | 2 | 3 | 5;
  /** IPv4 addresses for a question of type A. */
  readonly addresses: readonly string[];
  /** Time to live in seconds, of addresses and of their absence alike. */
  readonly ttlSeconds: number;
}

const headerLength = 12;
const typeA = 1;
const typeSoa = 6;
const classIn = 1;

/** Reads the one question of a query; undefined for anything else. */
export function readQuestion(message: Buffer): DnsQuestion | undefined {
  if (message.length < headerLength || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let offset = headerLength;
  for (;;) {
    const length = message[offset];
    if (length === undefined || length > 63) return undefined;
    offset += 1;
    if (length === 0) break;
    labels.push(message.toString('latin1', offset, offset + length));
    offset += length;
  }
  if (offset + 4 > message.length) return undefined;
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(offset),
    section: message.subarray(headerLength, offset + 4),
  };
}

/** Writes the answer to a question; without addresses an SOA says how long that holds. */
export function writeReply(question: DnsQuestion, reply: DnsReply): Buffer {
  const addresses = question.type === typeA ? reply.addresses : [];
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(question.id, 0);
  // QR, AA, RD, RA and the code.
  header.writeUInt16BE(0x8580 | reply.code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const absent = addresses.length === 0 && (reply.code === 0 || reply.code === 3);
  header.writeUInt16BE(absent ? 1 : 0, 8);
  const records = addresses.map((address) =>
    record(
      Buffer.from([0xc0, headerLength]),
      typeA,
      reply.ttlSeconds,
      Buffer.from(address.split('.').map(Number)),
    ),
  );
  if (absent) records.push(startOfAuthority(question.name, reply.ttlSeconds));
  return Buffer.concat([header, question.section, ...records]);
}

function record(owner: Buffer, type: number, ttlSeconds: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(classIn, 2);
  fixed.writeUInt32BE(ttlSeconds, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

function startOfAuthority(name: string, ttlSeconds: number): Buffer {
  const zone = encodeName(name.split('.').slice(-2).join('.'));
  const numbers = Buffer.alloc(20);
  // Serial, refresh, retry, expire, and the negative time to live (RFC 2308).
  [1, 3600, 600, 86_400, ttlSeconds].forEach((value, index) =>
    numbers.writeUInt32BE(value, index * 4),
  );
  return record(zone, typeSoa, ttlSeconds, Buffer.concat([zone, zone, numbers]));
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
}
