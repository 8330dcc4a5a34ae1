# Makes the certificates of the TLS tests, valid for a hundred years; they protect nothing. Needs openssl.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/CN=$2" \
    -keyout "$work/$1.key" -out "$1.pem" 2>/dev/null
}

# name, common name, authority, subjectAltName, first day, last day
certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
    -keyout "$1.key" -out "$work/$1.csr" 2>/dev/null
  : >"$work/index.txt"
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index.txt\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\nrand_serial=yes\nunique_subject=no\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=%s\n' \
    "$work" "$work" "$4" >"$work/ca.cnf"
  openssl ca -batch -notext -config "$work/ca.cnf" -extensions e -cert "$3.pem" -keyfile "$work/$3.key" \
    -startdate "$5" -enddate "$6" -in "$work/$1.csr" -out "$1.pem" 2>/dev/null
}

authority root "Sluice test root"
authority foreign "Somebody else's root"
certificate server localhost root "DNS:localhost" 20250101000000Z 21250101000000Z
certificate address 127.0.0.1 root "IP:127.0.0.1" 20250101000000Z 21250101000000Z
certificate expired localhost root "DNS:localhost" 20200101000000Z 20200201000000Z
certificate client writer root "DNS:writer" 20250101000000Z 21250101000000Z
certificate stranger writer foreign "DNS:writer" 20250101000000Z 21250101000000Z
openssl pkcs8 -topk8 -v2 aes-256-cbc -in client.key -passout pass:key-secret -out client.encrypted.key
