// Opens more connections at once than a call may.
import net from 'node:net';

const opened = await Promise.all(
  Array.from(
    { length: 40 },
    () =>
      new Promise((resolve) => {
        const socket = net.connect(3128, '127.0.0.1', () => socket.write('CONNECT allowed.files.test:443 HTTP/1.1\r\nHost: x\r\n\r\n'));
        socket
          .once('data', (data) => resolve(data.toString().startsWith('HTTP/1.1 200')))
          .once('error', () => resolve(false))
          .once('close', () => resolve(false));
      }),
  ),
);
console.log(JSON.stringify(opened.filter(Boolean).length));
process.exit(0);
