/**
 * Suffixes below which anybody can have a name: content networks, clouds, dynamic DNS, names that are addresses. What
 * the Public Suffix List has in its private section (cloudfront.net, github.io, duckdns.org and some thousand more) is
 * known without being here; these are those it lacks, and those above several of its entries.
 */
export interface SharedSuffix {
  readonly suffix: string;
  readonly whose: string;
  /** hosting: one customer a name, many customers an address. addresses: the name says the address. */
  readonly kind: 'hosting' | 'addresses';
  readonly source: string;
}

const VENDOR_CDN = 'CNAME targets that the provider documents for its customers';
const IN_THE_LIST = 'Public Suffix List, private section: entries below this name';
const PROJECT = 'the project documents that it answers any address written in the name';

const hosting = (whose: string, source: string, ...suffixes: readonly string[]): readonly SharedSuffix[] =>
  suffixes.map((suffix) => ({ suffix, whose, kind: 'hosting', source }));
const addresses = (whose: string, ...suffixes: readonly string[]): readonly SharedSuffix[] =>
  suffixes.map((suffix) => ({ suffix, whose, kind: 'addresses', source: PROJECT }));

export const SHARED_SUFFIXES: readonly SharedSuffix[] = [
  ...hosting(
    'Amazon Web Services',
    IN_THE_LIST,
    'amazonaws.com',
    'amazonaws.com.cn',
    'on.aws',
    'awsapps.com',
  ),
  ...hosting('Amazon Web Services', VENDOR_CDN, 'awsglobalaccelerator.com', 'awsdns.com'),
  ...hosting('Microsoft Azure', IN_THE_LIST, 'windows.net', 'azure.com', 'azure.net', 'azureedge.net'),
  ...hosting('Microsoft Azure', VENDOR_CDN, 'cloudapp.net', 'azurefd.net', 'trafficmanager.net'),
  ...hosting('Google Cloud', IN_THE_LIST, 'googleapis.com', 'googleusercontent.com', 'cloudfunctions.net'),
  ...hosting('Google', VENDOR_CDN, '1e100.net', 'googlehosted.com'),
  ...hosting('Cloudflare', IN_THE_LIST, 'cloudflare.net'),
  ...hosting(
    'Cloudflare',
    VENDOR_CDN,
    'cloudflarestorage.com',
    'cfargotunnel.com',
    'trycloudflare.com',
    'pacloudflare.com',
  ),
  ...hosting('Fastly', IN_THE_LIST, 'fastly.net'),
  ...hosting('Fastly', VENDOR_CDN, 'fastlydns.net'),
  ...hosting('Akamai', VENDOR_CDN, 'akadns.net', 'akam.net', 'edgesuite.net', 'edgekey.net', 'akamaihd.net'),
  ...hosting('bunny.net', VENDOR_CDN, 'b-cdn.net'),
  ...hosting('CDN77', VENDOR_CDN, 'cdn77.org', 'cdn77.com', 'cdn77.net'),
  ...hosting('Edgio', VENDOR_CDN, 'edgecastcdn.net', 'llnwd.net', 'llnwi.net'),
  ...hosting('KeyCDN', VENDOR_CDN, 'kxcdn.com'),
  ...hosting('Gcore', VENDOR_CDN, 'gcdn.co'),
  ...hosting('GitHub', IN_THE_LIST, 'githubusercontent.com'),
  ...hosting('Backblaze', VENDOR_CDN, 'backblazeb2.com'),
  ...hosting('Wasabi', VENDOR_CDN, 'wasabisys.com'),
  ...hosting('DigitalOcean', IN_THE_LIST, 'digitaloceanspaces.com'),
  ...hosting('Linode', IN_THE_LIST, 'linodeobjects.com', 'linode.com', 'linodeusercontent.com'),
  ...hosting('OVH', IN_THE_LIST, 'ovh.net'),
  ...hosting('ngrok', IN_THE_LIST, 'ngrok.io', 'ngrok.app', 'ngrok-free.app'),
  ...addresses('Plex', 'plex.direct'),
  ...addresses('nip.io', 'nip.io'),
  ...addresses('sslip.io', 'sslip.io'),
  ...addresses('xip.io', 'xip.io'),
  ...addresses('traefik.me', 'traefik.me'),
  ...addresses('local-ip.sh', 'local-ip.sh'),
];
