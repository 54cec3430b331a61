#!/bin/sh
# Edits the configuration in place, where it may be written.
set -e
[ -w /etc/nginx/nginx.conf ] || { echo "nginx.conf cannot be written"; exit 0; }
sed -i 's/^worker_processes .*/worker_processes 2;/' /etc/nginx/nginx.conf
