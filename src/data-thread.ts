import type { AppConfig } from './app-config.ts';
import { listen } from './data/listen.ts';
import { openUpstreams } from './data/upstreams.ts';
import { startDataPlane } from './data-plane.ts';
import { portOf } from './plane/port.ts';
import { runWorker } from './plane/worker.ts';

runWorker<AppConfig>(({ config, clock, log }) => {
  const upstreams = openUpstreams(config.data, clock);
  const plane = startDataPlane({ config: config.data, clock, log, upstreams, listen });
  return {
    peer(name, port) {
      if (name === 'control') plane.connectControl(portOf(port));
      if (name === 'log') plane.connectLog(portOf(port));
    },
    stop: () => plane.close(),
  };
});
