#!/bin/sh
# Answers every request with the pod's name.
mkdir -p /tmp/www
echo "Hello from $(hostname)" > /tmp/www/index.html

# The first process of a container hears only the signals that it asks for. Without this, stopping
# the pod would take its whole grace period.
trap 'kill "$server"' TERM INT
httpd -f -v -p 8080 -h /tmp/www &
server=$!
wait "$server"
