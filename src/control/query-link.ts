import type { QueryPort } from '../actions/query-port.ts';
import type { Clock } from '../base/clock.ts';
import type { Port } from '../plane/port.ts';
import { createRpcClient, type RpcReply, type RpcRequest } from '../plane/rpc.ts';

/** A person who reads the log asks again within minutes; a thread for nobody is 30 MB. */
const REST_AFTER_MS = 5 * 60_000;

export interface QueryLink extends QueryPort {
  connect(port: Port<RpcReply, RpcRequest>): void;
  disconnected(): void;
}

/** The control plane's end to the query thread, which runs only while somebody asks for reports. */
export function createQueryLink(clock: Clock, need: (kind: 'wanted' | 'unwanted') => void): QueryLink {
  const reports = createRpcClient({ onAway: () => need('wanted') });
  let underWay = 0;
  let cancelRest = () => {};

  const restLater = () => {
    cancelRest();
    cancelRest = clock.after(REST_AFTER_MS, () => {
      if (underWay > 0) return;
      reports.disconnected();
      need('unwanted');
    });
  };
  const ask = async <Result>(method: string, input: unknown): Promise<Result> => {
    underWay++;
    try {
      return await reports.call<Result>(method, input);
    } finally {
      underWay--;
      restLater();
    }
  };

  return {
    search: (filter) => ask('search', filter),
    count: (input) => ask('count', input),
    whyName: (input) => ask('whyName', input),
    whyAddress: (input) => ask('whyAddress', input),
    replay: (input) => ask('replay', input),
    refusedSince: (input) => ask('refusedSince', input),
    learnReport: (input) => ask('learnReport', input),
    hygiene: (input) => ask('hygiene', input),
    explain: (input) => ask('explain', input),
    ruleRisks: (input) => ask('ruleRisks', input),
    addressRisks: (input) => ask('addressRisks', input),
    neighbours: (input) => ask('neighbours', input),
    symptoms: (input) => ask('symptoms', input),
    series: (input) => ask('series', input),
    leasesAt: (input) => ask('leasesAt', input),
    nightlyBackup: (input) => ask('nightlyBackup', input),
    sealBackup: (input) => ask('sealBackup', input),
    verifyAudit: (input) => ask('verifyAudit', input),
    connect(port) {
      reports.connect(port);
      restLater();
    },
    disconnected: reports.disconnected,
  };
}
