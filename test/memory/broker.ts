/**
 * What the memory programs send to, in a process of its own, so that its heap is not counted. It does what its parent
 * says, and ends when its parent is gone.
 */
import { startEmbeddedCluster } from 'rx-rocketmq/testing';

const cluster = await startEmbeddedCluster({ storeBodies: false });

process.on('message', (command) => {
  for (const broker of cluster.brokers) {
    if (command === 'pause') broker.pause();
    else broker.resume();
  }
  process.send?.('done');
});
process.on('disconnect', () => void cluster.close());
process.send?.(cluster.nameServers);
