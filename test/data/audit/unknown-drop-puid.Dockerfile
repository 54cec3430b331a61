FROM alpine:3.20
COPY <<"EOF" /e.sh
#!/bin/sh
PUID=${PUID:-1000}
PGID=${PGID:-1000}
exec su-exec "$PUID:$PGID" "$@"
EOF
ENTRYPOINT ["/sbin/tini", "--", "/e.sh"]
