# Makes a folder, says so, and removes it with the servers that run in it as soon as standard input closes, which it
# does however the process at its other end comes to its end: by itself, by Ctrl-C, by a crash or by kill -9.
#
# $1 is the folder. Each server has a file *.pid in it: its process id, and the signal that ends it.
folder=$1
trap '' INT TERM HUP PIPE

mkdir -m 755 "$folder" && echo made

while read -r _; do :; done

# Renamed first: a server that is only about to start can't write its process id any more, and doesn't start.
gone="$folder.gone"
mv "$folder" "$gone" || exit 0

# A process id can have gone to somebody else: ours have the folder in their command line, or none yet while the
# kernel puts a program in the launching shell's place. A dead one that nobody has waited for has none either.
ours() {
  if [ -d /proc/self ]; then
    case $(tr '\0' ' ' <"/proc/$1/cmdline" && sed -n 's/^State:/State/p' "/proc/$1/status") in
      *"$folder"*) true ;;
      State*Z* | '') false ;;
      State*) true ;;
      *) false ;;
    esac
  else
    ps -o command= -p "$1" | grep -qF "$folder"
  fi 2>/dev/null
}

end() {
  ours "$1" || return
  kill "-$2" "$1"
  tries=0
  while ours "$1" && [ $tries -lt 300 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  if ours "$1"; then kill -KILL "$1"; fi
}

for file in "$gone"/*.pid "$gone"/*/*.pid; do
  [ -f "$file" ] || continue
  read -r pid signal <"$file" && end "$pid" "$signal"
done

# What a server has started may still write for a moment, and a server may have made its folder again before it was
# ended.
tries=0
until rm -rf "$gone" "$folder" || [ $tries -ge 300 ]; do
  sleep 0.1
  tries=$((tries + 1))
done 2>/dev/null
