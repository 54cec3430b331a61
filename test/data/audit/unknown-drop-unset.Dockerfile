FROM debian:12
COPY <<"EOF" /e.sh
#!/bin/sh
exec su-exec "$RUN_AS" "$@"
EOF
ENTRYPOINT ["/e.sh"]
