import type { AppConfig } from './app-config.ts';
import { listen } from './data/listen.ts';
import { openUpstreams } from './data/upstreams.ts';
import { type KeptPolicy, startDataPlane } from './data-plane.ts';
import { portOf } from './plane/port.ts';
import { runWorker } from './plane/worker.ts';

runWorker<AppConfig>(({ config, clock, log, kept, keep }) => {
  const upstreams = openUpstreams(config.data, clock, log);
  const plane = startDataPlane({
    config: config.data,
    clock,
    log,
    upstreams,
    listen,
    // Only ever what the same program asked to be kept.
    kept: kept as KeptPolicy | undefined,
    keep,
  });
  return {
    peer(name, port) {
      if (name === 'control') plane.connectControl(portOf(port));
      if (name === 'log') plane.connectLog(portOf(port));
    },
    stop: () => plane.close(),
  };
});
