/** A sink in a process of its own. Its argument is SinkOptions in JSON; prints the address of its name server. */
import type { SinkOptions } from './sink-options.js';
import { startSinkServer } from './sink-server.js';

const options: SinkOptions = JSON.parse(process.argv[2] ?? '');
const { nameServers } = await startSinkServer(options);
process.stdout.write(`${nameServers}\n`);
