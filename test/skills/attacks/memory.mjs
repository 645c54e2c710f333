const keep = [];
for (;;) keep.push(Buffer.alloc(8 << 20, 1));
