#!/bin/sh
# Run this ON a protected host: it proves from there what cannot be seen from anywhere else. Reads and asks only.
#
#   ssh HOST 'sh -s -- --sallyport 192.168.1.20' < scripts/client-check.sh
#
# Needs a POSIX shell and one of perl, python3, bash or nc, of which every Debian and Alpine has one.
# Exit code: 0 all in order   1 something is not   2 the command line is wrong
set -u
set -f # Nothing here is a file name pattern.

usage() {
  cat >&2 <<'USAGE'
usage: client-check.sh [--sallyport ADDRESS[,ADDRESS]] [--allowed NAME] [--refused NAME]
                       [--others "ADDRESS ..."] [--direct "ADDRESS ..."] [--port PORT] [--seconds N]
  --sallyport  where Sallyport listens; without it any single name server will do
  --allowed    a name this host may ask                     (plex.tv)
  --refused    a name that exists, and it may not           (example.com)
  --others     resolvers it must not reach                  (Cloudflare and Quad9, IPv4 and IPv6)
  --direct     addresses it must not reach over HTTPS       (the same)
  --port       where the allowed name is reached            (443)
  --seconds    how long each connection is waited for       (3)
USAGE
  exit 2
}

sallyport='' allowed=plex.tv refused=example.com port=443 seconds=3
others='1.1.1.1 9.9.9.9 2606:4700:4700::1111 2620:fe::fe'
direct=$others
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --sallyport) sallyport=$(echo "$2" | tr ',' ' ') ;;
    --allowed) allowed=$2 ;;
    --refused) refused=$2 ;;
    --others) others=$2 ;;
    --direct) direct=$2 ;;
    --port) port=$2 ;;
    --seconds) seconds=$2 ;;
    *) usage ;;
  esac
  shift 2
done
case $seconds$port in *[!0-9]*) usage ;; esac
case $allowed$refused in *[!A-Za-z0-9._-]*) usage ;; esac

has() { command -v "$1" >/dev/null 2>&1; }

# What speaks for us; nc comes last, because the smallest of them knows no UDP.
if has perl && perl -MIO::Socket::IP -e 1 2>/dev/null; then tool=perl
elif has python3; then tool=python3
elif has bash && has timeout; then tool=bash
elif has nc && has timeout; then tool=nc
else tool=none; fi

# talk udp|tcp HOST PORT ask|knock: sends what comes in and prints what comes back; knock only connects. Fails when it cannot connect.
talk() {
  case $tool in
    perl) perl -MIO::Socket::IP -e '
      my ($proto, $host, $port, $mode, $seconds) = @ARGV;
      my $socket = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Proto => $proto, Timeout => $seconds) or exit 1;
      exit 0 if $mode eq "knock";
      $SIG{ALRM} = sub { exit 0 };
      alarm $seconds;
      binmode STDIN; binmode STDOUT;
      local $/; my $question = <STDIN>;
      syswrite $socket, $question;
      my $answer = "";
      my $least = $proto eq "tcp" ? 14 : 12;
      while (length $answer < $least) { sysread($socket, $answer, 4096, length $answer) or last }
      print $answer;' "$1" "$2" "$3" "$4" "$seconds" 2>/dev/null ;;
    python3) python3 -c '
import socket, sys
proto, host, port, mode, seconds = sys.argv[1:]
kind = socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM
try:
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    s.settimeout(float(seconds))
    s.connect((host, int(port)))
except OSError:
    sys.exit(1)
if mode == "ask":
    try:
        s.send(sys.stdin.buffer.read())
        sys.stdout.buffer.write(s.recv(4096))
    except OSError:
        pass' "$1" "$2" "$3" "$4" "$seconds" ;;
    bash) timeout "$seconds" bash -c '
      exec 3<>"/dev/$0/$1/$2" || exit 1
      [ "$3" = knock ] || { cat >&3; dd bs=4096 count=1 <&3; }' "$1" "$2" "$3" "$4" 2>/dev/null ;;
    # One that has no -z runs a program when it is connected; without either it would wait for the other end to hang up.
    nc) if [ "$4" = ask ]; then timeout "$((seconds + 1))" nc -w "$seconds" "$2" "$3"
      elif nc -h 2>&1 | grep -q -e '-z'; then timeout "$((seconds + 1))" nc -z -w "$seconds" "$2" "$3"
      else timeout "$((seconds + 1))" nc -w "$seconds" "$2" "$3" -e true; fi 2>/dev/null ;;
  esac
}

connects() { talk tcp "$1" "$2" knock </dev/null >/dev/null; }

# The question for the A records of a name, as octal escapes for printf.
question() {
  labels='' length=18
  IFS=.
  for label in $1; do
    labels="$labels\\$(printf %03o ${#label})$label"
    length=$((length + 1 + ${#label}))
  done
  unset IFS
  length=$((length - 1))
  message="\\123\\101\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000$labels\\000\\000\\001\\000\\001"
}

hex() { od -An -v -tx1 | tr -d ' \n'; }

# True when a DNS message in hex brings an address: no error, answers, and not the null address some filters give.
brings_address() {
  case $1 in ??????????????????????????*) ;; *) return 1 ;; esac
  case $1 in ???????0*) ;; *) return 1 ;; esac
  case $1 in ????????????0000*) return 1 ;; esac
  case $1 in *00000000) return 1 ;; *) return 0 ;; esac
}

# True when another resolver gives an address for the refused name: then it was asked, and Sallyport was not.
answers_udp() {
  if [ "$tool" != nc ]; then
    brings_address "$(printf "$message" | talk udp "$1" 53 ask | hex)"
  elif has nslookup; then
    timeout "$((seconds * 2))" nslookup "$refused" "$1" 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'
  else
    return 2
  fi
}

answers_tcp() {
  framed="\\$(printf %03o $((length / 256)))\\$(printf %03o $((length % 256)))$message"
  answer=$(printf "$framed" | talk tcp "$1" 53 ask | hex)
  brings_address "${answer#????}"
}

# What the host itself makes of a name, as every program on it would.
look_up() {
  if has getent; then
    { getent ahosts "$1" || getent hosts "$1"; } 2>/dev/null | sed 's/[[:space:]].*//'
  else
    nslookup "$1" 2>/dev/null | sed -n '1,/^$/d; s/^Address[ 0-9]*: *\([^ ]*\).*/\1/p'
  fi | grep -v -x -e '0\.0\.0\.0' -e '::' | sort -u
}

failed=0
# say RESULT WORDS [REMEDY]
say() {
  printf '%-8s %s\n' "$1" "$2"
  [ -z "${3-}" ] || [ "$1" = ok ] || printf '         -> %s\n' "$3"
  [ "$1" != failed ] || failed=$((failed + 1))
}

name_servers() { sed -n 's/^[[:space:]]*nameserver[[:space:]][[:space:]]*\([^[:space:]]*\).*/\1/p' "$1"; }

is_sallyport() {
  [ -n "$sallyport" ] || return 0
  for address in $sallyport; do [ "$address" = "$1" ] && return 0; done
  return 1
}

where=${sallyport:-the address of Sallyport}
only_us='Name Sallyport and nobody else: musl asks all of them at once and takes the first answer (docs/point-your-server.md).'

check_resolv_conf() {
  file=/etc/resolv.conf
  [ -r "$file" ] || { say failed "$file cannot be read" "$only_us"; return; }
  servers=$(name_servers "$file" | tr '\n' ' ')
  case $servers in
    '127.0.0.53 ' | '127.0.0.54 ')
      if [ -r /run/systemd/resolve/resolv.conf ]; then
        file='systemd-resolved'
        servers=$(name_servers /run/systemd/resolve/resolv.conf | tr '\n' ' ')
      fi ;;
    '127.0.0.11 ')
      file="Docker's resolver"
      servers=$(sed -n 's/^# ExtServers: \[\(.*\)\]/\1/p' /etc/resolv.conf | sed 's/host(\([^)]*\))/\1/g')
      if [ -z "$servers" ]; then
        say unknown 'Docker answers here (127.0.0.11), and does not say whom it asks' \
          'Set dns: for the container, and look on its host: docker inspect -f "{{.HostConfig.Dns}}" CONTAINER'
        return
      fi ;;
  esac
  count=0 strangers=''
  for server in $servers; do
    count=$((count + 1))
    is_sallyport "$server" || strangers="$strangers $server"
  done
  if [ "$count" -eq 0 ]; then
    say failed "$file names no name server" "$only_us"
  elif [ -n "$strangers" ]; then
    say failed "$file names$strangers, which is not Sallyport ($where)" "$only_us"
  elif [ "$count" -gt 1 ] && [ -z "$sallyport" ]; then
    say failed "$file names $count name servers: $servers" "$only_us"
  else
    say ok "$file names nobody but ${servers% }"
  fi
}

check_names() {
  addresses=$(look_up "$allowed" | tr '\n' ' ')
  if [ -z "$addresses" ]; then
    say failed "$allowed does not resolve" \
      "Let this host reach UDP and TCP port 53 of $where; and look there: sallyport why $allowed"
  else
    say ok "$allowed resolves to ${addresses% }"
    reached=''
    for address in $addresses; do
      if connects "$address" "$port"; then reached=$address; break; fi
    done
    if [ -n "$reached" ]; then
      say ok "$reached can be reached on port $port"
    else
      say failed "none of its addresses can be reached on port $port" \
        "The firewall needs a rule that passes this host to the alias; look with: sallyport doctor"
    fi
  fi
  addresses=$(look_up "$refused" | tr '\n' ' ')
  if [ -n "$addresses" ]; then
    say failed "$refused resolves to ${addresses% }, and should be refused" \
      "Is the group in enforce mode, and is it Sallyport that answers? On its machine: sallyport why $refused"
  else
    say ok "$refused is refused"
  fi
}

# Each prints one line 'ORDER|RESULT|WORDS|REMEDY'; all run at once, because what is blocked is waited for.
probe_udp() {
  answers_udp "$2"
  case $? in
    0) echo "$1|failed|$2 answers $refused on UDP port 53|$block_dns" ;;
    2) echo "$1|unknown|whether $2 answers on UDP port 53: no perl, python3, bash or nslookup here|" ;;
    *) echo "$1|ok|UDP port 53 of $2 is blocked, or leads to Sallyport|" ;;
  esac
}

probe_tcp() {
  if answers_tcp "$2"; then echo "$1|failed|$2 answers $refused on TCP port 53|$block_dns"
  else echo "$1|ok|TCP port 53 of $2 is blocked, or leads to Sallyport|"; fi
}

probe_port() {
  if connects "$2" "$3"; then echo "$1|failed|$2 can be reached on port $3 ($4)|$5"
  else echo "$1|ok|port $3 of $2 is blocked ($4)|"; fi
}

probe_all() {
  n=100
  for address in $others; do
    n=$((n + 10))
    probe_udp $((n + 1)) "$address" &
    probe_tcp $((n + 2)) "$address" &
    probe_port $((n + 3)) "$address" 853 'DNS over TLS' "$block_dot" &
  done
  for address in $direct; do
    n=$((n + 10))
    probe_port "$n" "$address" 443 'HTTPS past the alias' "$block_rest" &
  done
  wait
}

block_dns="On the firewall, block UDP and TCP port 53 from this host to all but $where, or NAT it there; IPv6 too."
block_dot='On the firewall, block TCP and UDP port 853 from this host to everywhere, IPv4 and IPv6.'
block_rest='On the firewall, block everything from this host but the alias, below the rule that passes to it, IPv4 and IPv6.'

check_resolv_conf
check_names
if [ "$tool" = none ]; then
  say unknown 'what this host can reach' 'Install one of perl, python3, bash or nc, and run this again.'
else
  question "$refused"
  lines=$(probe_all | sort -n)
  while IFS='|' read -r _ result words remedy; do
    say "$result" "$words" "$remedy"
  done <<LINES
$lines
LINES
fi

if [ "$failed" -eq 0 ]; then
  echo 'All in order.'
else
  echo "$failed not in order."
  exit 1
fi
