FROM alpine:3.20
COPY <<"EOF" /usr/local/bin/docker-entrypoint.sh
#!/usr/bin/dumb-init /bin/sh
set -e
if [ "$1" = 'server' ]; then
    shift
    set -- vault server "$@"
fi
if [ "$1" = 'vault' ]; then
    if [ "$(id -u)" = '0' ]; then
      set -- su-exec vault "$@"
    fi
fi
exec "$@"
EOF
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["server", "-dev"]
