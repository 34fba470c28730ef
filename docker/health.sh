#!/bin/bash
# health HOST PORT PATH   Succeeds if http://HOST:PORT/PATH answers 200; prints the body otherwise. bash alone, so that an
#                         image needs no client.
set -eu
exec 3<>"/dev/tcp/$1/$2"
printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$3" "$1" >&3
answer=$(cat <&3)
case ${answer%%$'\r'*} in
  *' 200 '*) ;;
  *) printf '%s\n' "${answer##*$'\r\n\r\n'}"; exit 1 ;;
esac
