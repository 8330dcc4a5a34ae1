# Removes a folder and ends the servers that run in it as soon as standard input closes, which it does however
# the process at its other end comes to its end: by itself, by Ctrl-C, by a crash or by kill -9.
#
# $1 is the folder. Each server has a file *.pid in it: its process id, and the signal that ends it.
folder=$1
trap '' INT TERM HUP

while read -r _; do :; done

# Renamed first: a server that is only about to start can't write its process id any more, and doesn't start.
gone="$folder.gone"
mv "$folder" "$gone" || exit 0

# A process id can have gone to somebody else: ours have the folder in their command line.
ours() {
  if [ -d /proc/self ]; then
    tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF "$folder"
  else
    ps -o command= -p "$1" | grep -qF "$folder"
  fi 2>/dev/null
}

end() {
  ours "$1" || return
  kill "-$2" "$1"
  tries=0
  while ours "$1" && [ $tries -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  if ours "$1"; then kill -KILL "$1"; fi
}

for file in "$gone"/*.pid "$gone"/*/*.pid; do
  [ -f "$file" ] || continue
  read -r pid signal <"$file" && end "$pid" "$signal"
done
rm -rf "$gone"
