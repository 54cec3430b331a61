FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
set -e
if [ "$(id -u)" = 0 ]; then
  find /data ! -user redis -exec chown redis {} +
  exec gosu redis "$0" "$@"
fi
exec "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
