#!/bin/sh
# The least that Sluice needs from Kafka for one connector. Calls Kafka's own kafka-acls.sh, as somebody who may.
#
#   kafka_acls.sh PRINCIPAL CONNECTOR "TOPIC ..." DEAD-LETTER-TOPIC OPTIONS-OF-kafka-acls.sh...
#   kafka_acls.sh User:sluice telesales \
#     "customers.registrations customers.purchases customers.campaigns" telesales.dlq \
#     --bootstrap-server kafka:9093 --command-config admin.properties
#
# The dead letter topic has to be there already ("" for a connector without one). Where Sluice shall make it, it needs
# --operation Create on it as well.
set -euf
if [ "$#" -lt 5 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
principal=$1
connector=$2
topics=$3
dead_letters=$4
shift 4
kafka_acls=${KAFKA_ACLS:-kafka-acls.sh}

read_topics=
for topic in $topics; do read_topics="$read_topics --topic $topic"; done

# Read brings Describe with it. The lists are split into words on purpose.
# shellcheck disable=SC2086
$kafka_acls "$@" --add --allow-principal "$principal" --operation Read $read_topics
$kafka_acls "$@" --add --allow-principal "$principal" --operation Read --group "connect-$connector"
if [ -n "$dead_letters" ]; then
  $kafka_acls "$@" --add --allow-principal "$principal" --operation Write --topic "$dead_letters"
fi
