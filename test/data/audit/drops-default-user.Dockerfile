FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec gosu "${APP_USER:-app}" "$@"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
