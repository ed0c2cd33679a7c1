#!/usr/bin/env bash
# curl to a web server by name, its time and what it said: one line of JSON for each call. What it found it times itself;
# of what it did not find it keeps no time, so that one has start and end of its process in it.
#
#   resolve-curl.sh TIMES NAME
set -uo pipefail

for ((left = $1; left > 0; left--)); do
  began=${EPOCHREALTIME/./}
  line=$(curl --silent --output /dev/null --write-out '%{time_namelookup} %{remote_ip}' "http://$2/")
  code=$?
  took=$((${EPOCHREALTIME/./} - began))
  read -r seconds address <<<"$line"
  if ((code == 0)); then
    printf '{"ms":%s,"said":"found","addresses":["%s"]}\n' "$(awk "BEGIN { print $seconds * 1000 }")" "$address"
  else
    printf '{"ms":%d.%03d,"said":"exit %d","addresses":[]}\n' $((took / 1000)) $((took % 1000)) "$code"
  fi
done
