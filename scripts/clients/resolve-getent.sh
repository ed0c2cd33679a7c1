#!/usr/bin/env bash
# glibc's getent, its time (start and end of its process included) and what it said: one line of JSON for each call.
#
#   resolve-getent.sh DATABASE TIMES NAME
set -uo pipefail

for ((left = $2; left > 0; left--)); do
  began=${EPOCHREALTIME/./}
  lines=$(getent "$1" "$3")
  code=$?
  took=$((${EPOCHREALTIME/./} - began))
  said=found
  ((code == 0)) || said="exit $code"
  # A line for each address and kind of socket: "198.51.100.1 STREAM home.example.net".
  addresses=$(awk 'NF && !seen[$1]++ { printf "%s\"%s\"", n++ ? "," : "", $1 }' <<<"$lines")
  printf '{"ms":%d.%03d,"said":"%s","addresses":[%s]}\n' $((took / 1000)) $((took % 1000)) "$said" "$addresses"
done
