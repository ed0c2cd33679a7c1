/**
 * Whether the box keeps the name for itself, in whatever case: pf, a protocol, a service or an interface goes by it. pfSense
 * compares most of these as they are written in its API and in upper case on its page; an alias has to pass both.
 *
 * The list of services is FreeBSD's /etc/services, of which only the words somebody might choose are here: the box refuses
 * the others when the alias is made.
 */
export function isReservedOn(driver: string, alias: string): boolean {
  const name = alias.toLowerCase();
  const words = WORDS_OF[driver];
  return words !== undefined && (words.has(name) || (driver === 'pfsense' && INTERFACE.test(name)));
}

/** Ids of interfaces, and the tables pfSense makes of their networks. */
const INTERFACE = /^(?:wan|lan|opt[0-9]+)$|__network$/;

/** Words of pf.conf(5). */
const PF = `all allow altq anchor antispoof any bandwidth binat bitmask block buckets cbq code codel codelq crop debug
  dnpipe dnqueue drop ether fairq fastroute file fingerprints flags floating flush for fragment from global group hfsc
  hogs hostid in include inet inet6 interval keep keepcounters label limit linkshare load log loginterface match max
  maximum min modulate nat no on optimization os out overload pass persist port prio priority priq probability proto
  qlimit queue quick random rdr realtime reassemble return ridentifier route rtable rule scrub self set skip sloppy
  state synproxy syncookies table tag tagged target tbrsize timeout to tos ttl upperlimit user`;

const PROTOCOLS = `ip icmp igmp ggp ipencap st tcp cbt egp igp nvp pup udp hmp xtp ddp ipv6 rsvp gre dsr esp ah mobile
  rvd eigrp ospf mtp etherip encap pim ipcomp vrrp l2tp isis smp fire crtp sps pipe sctp fc udplite manet shim6 wesp
  rohc carp pfsync divert`;

const SERVICES = `acme aol auth bgp biff bootpc bootps chargen cmd courier cvsup daytime discard dns docker domain echo
  exec finger font ftp git gopher http https imap imap3 imaps irc ircs isakmp kerberos kshell ldap ldaps login mdns
  msp mysql netbios nfs nfsd nntp nntps ntp openvpn pop2 pop3 pop3s postgresql printer radius rdp rip ripng rsync rtsp
  shell shutdown sip sips smtp smtps snmp snmptrap socks ssh statd submission sunrpc svn syslog systat tacacs talk telnet
  telnets tftp time timed upnp uucp vnc webster who whois www xdmcp xmpp zabbix`;

const COMMON = `${PF} ${PROTOCOLS} ${SERVICES}`;

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

const WORDS_OF: Readonly<Record<string, ReadonlySet<string>>> = {
  opnsense: words(COMMON),
  // Tables and groups of interfaces it makes for the servers of these.
  pfsense: words(`${COMMON} ipsec pptp pppoe wireguard`),
};
