const b = Buffer.alloc(1 << 20, 65);
const w = () => {
  while (process.stdout.write(b));
  process.stdout.once('drain', w);
};
w();
