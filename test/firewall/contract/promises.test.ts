import { DRIVERS } from './drivers.ts';
import { driverPromises } from './promises.ts';

for (const [name, kind] of Object.entries(DRIVERS)) driverPromises(name, kind);
