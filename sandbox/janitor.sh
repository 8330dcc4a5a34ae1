# Creates a folder, prints a line, and removes the folder and its servers as soon as standard input closes. The kernel
# closes it however the process at the other end ends: regularly, by Ctrl-C, a crash or kill -9.
#
# $1 is the folder. Each server has a file *.pid in it with its process id and the signal that ends it.
folder=$1
trap '' INT TERM HUP PIPE

mkdir -m 755 "$folder" && echo made

while read -r _; do :; done

# Renames the folder first: a server that is about to start then can't write its process id, and doesn't start.
gone="$folder.gone"
mv "$folder" "$gone" || exit 0

# The process id may belong to another process by now: ours have the folder in their command line, or an empty one
# while the kernel replaces the launching shell with the program. A zombie's command line is empty too.
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

# A server's children may still write for a moment, and a server may have recreated its folder before it ended.
tries=0
until rm -rf "$gone" "$folder" || [ $tries -ge 300 ]; do
  sleep 0.1
  tries=$((tries + 1))
done 2>/dev/null
