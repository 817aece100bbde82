// A tus server as at the province: node tus-server.js PORT SPOOL [TOKEN]
// Random ids (names made from the hash let a second POST truncate a finished file), no expiry (it deletes finished
// uploads), no onUploadFinish (it can run twice or never): the receiver finds what is finished.
import { createServer } from 'node:http'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const [port, directory, token] = process.argv.slice(2)
const server = new Server({
  path: '/files',
  relativeLocation: true,
  datastore: new FileStore({ directory }),
  async onIncomingRequest(request) {
    if (token && request.headers.get('authorization') !== `Bearer ${token}`) {
      throw { status_code: 401, body: 'token\n' }
    }
  },
})
createServer((request, response) => server.handle(request, response)).listen(Number(port), '127.0.0.1')
