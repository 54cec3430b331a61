FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec su-exec app "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
