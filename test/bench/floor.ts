/** The floor that poptray is measured against: a bare Node server that makes one POST per trigger over undici. */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { serve } from './serve.ts';

const pool = new Pool(process.argv[2] ?? '', { connections: 64 });
const path = '/api/v2/users/3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b/screenpops';
const headers = { 'content-type': 'application/json', authorization: 'Bearer bench-token' };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const reply = await pool.request({ path, method: 'POST', headers, body: Buffer.concat(chunks) });
    const body = await reply.body.text();
    response.writeHead(reply.statusCode, {
      'content-type': 'application/json',
      'content-length': body.length,
    });
    response.end(body);
  });
});
serve(server);
