/** Somebody's web server: HTTP and HTTPS, which tells what it was asked for. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const folder = '/certificates/';
const PIECE = Buffer.alloc(65_536, 65);
const answer = (request, response) => {
  if (request.url === '/redirect') response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
  else if (request.url === '/endless') endless(response);
  else response.end(`the origin saw ${request.headers.host} ${request.url}`);
};
function endless(response) {
  while (!response.destroyed && response.write(PIECE));
  response.once('drain', () => endless(response));
}

https
  .createServer({ key: readFileSync(`${folder}test-only.key.pem`), cert: readFileSync(`${folder}test-only.cert.pem`) }, answer)
  .listen(443);
http.createServer(answer).listen(80);
