// One host is declared, and asked for another: by the name in TLS, by none, by Host in a tunnel; then too many bytes, too many sockets.
import net from 'node:net';
import tls from 'node:tls';

const tunnel = (authority) =>
  new Promise((resolve, reject) => {
    const socket = net.connect(3128, '127.0.0.1', () => socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`));
    socket
      .once('data', (data) =>
        data.toString().startsWith('HTTP/1.1 200') ? resolve(socket) : reject(new Error(data.toString().split('\r\n')[0])),
      )
      .once('error', reject)
      .once('close', () => reject(new Error('closed')));
  });
const ended = (socket, ready) =>
  new Promise((resolve) => {
    let text = '';
    socket
      .setEncoding('latin1')
      .on('data', (piece) => {
        text += piece;
      })
      .on('error', (thrown) => resolve(`closed: ${thrown.code}`))
      .on('close', () => resolve(text.slice(0, 12) || 'closed'));
    ready?.();
  });
const told = {};
const inTls = async (servername) => {
  const socket = await tunnel('allowed.files.test:443');
  return new Promise((resolve) => {
    const secure = tls.connect({ socket, servername, rejectUnauthorized: false }, () => resolve('TLS'));
    secure.on('error', (thrown) => resolve(`closed: ${thrown.code}`)).on('close', () => resolve('closed'));
  });
};
told['the name of the host'] = await inTls('allowed.files.test');
told['another name in TLS'] = await inTls('other.files.test');
told['no name in TLS'] = await inTls('');
const noTls = await tunnel('allowed.files.test:443');
told['no TLS'] = await ended(noTls, () => noTls.write('GET / HTTP/1.1\r\nHost: other.files.test\r\n\r\n'));
const named = await tunnel('allowed.files.test:80');
told['the Host of the tunnel'] = await ended(named, () =>
  named.write('GET / HTTP/1.1\r\nHost: allowed.files.test\r\nConnection: close\r\n\r\n'),
);
const otherHost = await tunnel('allowed.files.test:80');
told['another Host in a tunnel'] = await ended(otherHost, () =>
  otherHost.write('GET / HTTP/1.1\r\nHost: other.files.test\r\nConnection: close\r\n\r\n'),
);
console.log(JSON.stringify(told));
process.exit(0); // what is still open would keep it
